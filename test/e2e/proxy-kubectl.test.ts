import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  clusterContext,
  freshName,
  freshNamespace,
  kubectl,
  kubectlOk,
} from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { freshAccount, startProxyHarness, type ProxyHarness } from '../support/proxy-harness.ts';

/** The real kubectl, through the proxy, as people and accounts that the API server knows. */
let proxy: ProxyHarness;
let namespace: string;
let neighbour: string;
let account: Awaited<ReturnType<typeof freshAccount>>;
let kubeconfig: string;

beforeAll(async () => {
  proxy = await startProxyHarness();
  [namespace, neighbour] = await Promise.all([freshNamespace('mine'), freshNamespace('other')]);
  account = await freshAccount(namespace);
  kubeconfig = await proxy.kubeconfigFor(account.token);
});
afterAll(() => proxy[Symbol.asyncDispose]());

test('who comes with a token is known by its name, groups, uid and extra', async () => {
  const direct = ['auth', 'whoami', '-o', 'json'];
  const seen = JSON.parse(await kubectlOk(direct, { kubeconfig })) as Review;
  const uid = await kubectlOk([
    '-n',
    namespace,
    'get',
    'serviceaccount',
    account.name,
    '-o',
    'jsonpath={.metadata.uid}',
  ]);
  expect(seen.status.userInfo).toMatchObject({
    username: account.user,
    uid,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
    extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)] },
  });
});

test('a client certificate of the API server is as good here', async () => {
  const ca = path.join(tmpdir(), freshName('proxy-ca'));
  onTestFinished(() => rm(ca, { force: true }));
  await writeFile(ca, proxy.caPem);
  const through = [`--server=${proxy.url}`, `--certificate-authority=${ca}`];
  const whoami = ['auth', 'whoami', '-o', 'json'];
  const [seen, direct] = await Promise.all([kubectlOk([...through, ...whoami]), kubectlOk(whoami)]);
  const userOf = (text: string) => (JSON.parse(text) as Review).status.userInfo;
  expect(userOf(seen)).toEqual(userOf(direct));
  // It is looked for first, and a token beside it counts neither for nor against.
  const forged = ['--token=forged', ...through, ...whoami];
  expect(userOf(await kubectlOk(forged))).toEqual(userOf(direct));
});

interface Review {
  status: { userInfo: { username: string; groups: string[]; extra?: Record<string, string[]> } };
}

test('discovery, writes, reads and deletion work as they do without', async () => {
  const mine = { kubeconfig };
  expect(await kubectlOk(['api-resources'], mine)).toContain('configmaps');
  expect(await kubectlOk(['version'], mine)).toContain('Server Version');
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace },
    data: { a: 'ä' },
  };
  const input = JSON.stringify(object);
  await kubectlOk(['apply', '-f', '-'], { ...mine, input });
  await kubectlOk(['apply', '--server-side', '--force-conflicts', '-f', '-'], { ...mine, input });
  const read = ['-n', namespace, 'get', 'configmap', 'a', '-o', 'jsonpath={.data.a}'];
  expect(await kubectlOk(read, mine)).toBe('ä');
  await kubectlOk(['-n', namespace, 'delete', 'configmap', 'a'], mine);
  expect((await kubectl(read, mine)).stderr).toContain('NotFound');
});

describe('a neighbour', () => {
  test.each([['get'], ['watch'], ['create'], ['delete']])('is not there to %s', async (verb) => {
    const asked = ['-n', neighbour, 'auth', 'can-i', verb, 'configmaps'];
    expect((await kubectl(asked, { kubeconfig })).stdout.trim()).toBe('no');
  });

  test("'s Secrets are refused as the API server refuses them", async () => {
    const args = ['-n', neighbour, 'get', 'secrets'];
    const through = await kubectl(args, { kubeconfig });
    const direct = await kubectl(args, { as: account.user });
    expect(through.stderr).toBe(direct.stderr);
    expect(through.stderr).toContain('Forbidden');
  });
});

test('a watch shows what happens while it runs, and ends with its client', async () => {
  const { kubectl: program } = clusterContext();
  const args = [
    '--kubeconfig',
    kubeconfig,
    '-n',
    namespace,
    'get',
    'configmaps',
    '-w',
    '-o',
    'name',
  ];
  const watch = spawn(program.file, [...program.prefix, ...args]);
  const closed = once(watch, 'close');
  let out = '';
  watch.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await eventually('it has begun', () => Promise.resolve(out.includes('kube-root-ca.crt')));
  await kubectlOk(['-n', namespace, 'create', 'configmap', 'later'], { kubeconfig });
  await eventually('it shows', () => Promise.resolve(out.includes('configmap/later')));
  watch.kill();
  await closed;
});

test('a browser watches over a websocket, with its token among the protocols', async () => {
  const encoded = Buffer.from(account.token).toString('base64url');
  const protocols = `base64url.bearer.authorization.k8s.io.${encoded}, binary.k8s.io`;
  const socket = connect({ port: proxy.port, host: '127.0.0.1', ca: proxy.caPem });
  let seen = '';
  socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
  socket.write(
    [
      `GET /api/v1/namespaces/${namespace}/configmaps?watch=1 HTTP/1.1`,
      'Host: x',
      'Connection: keep-alive, Upgrade',
      'Upgrade: websocket',
      'Origin: https://dashboard.example',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      `Sec-WebSocket-Protocol: ${protocols}`,
      '',
      '',
    ].join('\r\n'),
  );
  await eventually('events arrive', () => Promise.resolve(seen.includes('kube-root-ca.crt')));
  socket.destroy();
  expect(seen).toMatch(/^HTTP\/1\.1 101 Switching Protocols/);
  expect(seen).toContain('binary.k8s.io');
  expect(seen).not.toContain(encoded);
});

test('an account may act as itself where it may impersonate the user of its name', async () => {
  const name = freshName('impersonator');
  const rule = ['--verb=impersonate', '--resource=users', `--resource-name=${account.user}`];
  const as = { kubeconfig, as: account.user };
  const read = ['-n', namespace, 'get', 'configmaps'];
  expect((await kubectl(read, { kubeconfig, as: 'system:admin' })).stderr).toContain(
    `cannot impersonate resource "users" named "system:admin"`,
  );
  await kubectlOk(['create', 'clusterrole', name, ...rule]);
  const to = [`--clusterrole=${name}`, `--serviceaccount=${namespace}:${account.name}`];
  await kubectlOk(['create', 'clusterrolebinding', name, ...to]);
  await eventually('it may', async () => (await kubectl(read, as)).code === 0);
  const groups = { ...as, asGroups: ['system:masters'] };
  expect((await kubectl(read, groups)).stderr).toContain('"groups" named "system:masters"');
});

test.each([['garbage'], ['a.b.c'], ['']])('a token that is none (%s) gets a 403', async (token) => {
  const args = ['-n', namespace, 'get', 'configmaps'];
  const other = await proxy.kubeconfigFor(token || ' ');
  expect((await kubectl(args, { kubeconfig: other })).stderr).toContain('Forbidden');
});
