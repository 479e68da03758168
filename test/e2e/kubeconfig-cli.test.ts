import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubeconfigCommand } from '../../src/cli/kubeconfig.ts';
import { readTokenClaims } from '../../src/kube/token-claims.ts';
import { parseKubeconfig, selectContext } from '../../src/kube/kubeconfig-document.ts';
import {
  apply,
  clusterContext,
  freshName,
  freshNamespace,
  kubectl,
  kubectlOk,
} from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { cliOf } from '../support/tenantry-cli.ts';

/** A platform admin who makes kubeconfigs by hand; the API server stands for the proxy. */
const sa = 'gitops-reconciler';
const run = promisify(execFile);
let tenantry: ReturnType<typeof cliOf>;
let [home, system, folder, server, ca] = ['', '', '', '', ''];

beforeAll(async () => {
  const { kubeconfig } = clusterContext();
  tenantry = cliOf([kubeconfigCommand], ['--kubeconfig', kubeconfig]);
  const { cluster } = selectContext(parseKubeconfig(await readFile(kubeconfig, 'utf8')));
  server = cluster.server;
  ca = Buffer.from(cluster.certificateAuthorityData ?? '', 'base64').toString();
  folder = await mkdtemp(path.join(tmpdir(), 'kubeconfig-cli-'));
  [home, system] = [await freshNamespace('my-tenant'), await freshNamespace('capsule-system')];
  await kubectlOk(['-n', home, 'create', 'serviceaccount', sa]);
  await apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'capsule-proxy', namespace: system },
      stringData: { ca, empty: '' },
    },
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const flags = (more: Record<string, string | undefined> = {}) =>
  Object.entries({
    serviceaccount: sa,
    namespace: home,
    server,
    'server-tls-secret-name': 'capsule-proxy',
    'server-tls-secret-namespace': system,
    ...more,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value]));
const generate = (more: Record<string, string | undefined> = {}) =>
  tenantry(['kubeconfig', ...flags(more)]);
const whoami = async (kubeconfig: string) =>
  (await kubectl(['auth', 'whoami', '-o', 'jsonpath={..username}'], { kubeconfig })).stdout;

test('a kubeconfig with a token that ends, on standard output, in a file, in a Secret', async () => {
  const printed = await generate({ expiry: '1h', output: '-' });
  expect([printed.code, printed.err]).toEqual([0, '']);
  const { user, cluster, namespace } = selectContext(parseKubeconfig(printed.out));
  expect([cluster.server, namespace]).toEqual([server, home]);
  const { issuedMs = 0, expiresMs = 0 } = readTokenClaims(user.token ?? '') ?? {};
  expect(expiresMs - issuedMs).toBe(3_600_000);

  const file = path.join(folder, 'kubeconfig');
  const written = await generate({ expiry: '1h', output: file });
  expect(written).toEqual({ code: 0, err: '', out: `✔ kubeconfig written to file ${file}\n` });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await whoami(file)).toBe(`system:serviceaccount:${home}:${sa}`);

  const stored = await generate({ expiry: '1h', 'kubeconfig-secret-key': 'value' });
  const name = `${home}/${sa}-kubeconfig`;
  expect(stored).toEqual({ code: 0, err: '', out: `✔ kubeconfig written to secret ${name}\n` });
  const data = ['-n', home, 'get', 'secret', `${sa}-kubeconfig`, '-o', 'jsonpath={.data.value}'];
  const text = Buffer.from(await kubectlOk(data), 'base64').toString();
  // The user's entry is called as proxy-kubeconfig-generator calls it.
  expect([...parseKubeconfig(text).users.keys()]).toEqual([system]);
  const again = await generate({ expiry: '1h' });
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('exists') as string });
});

test('without --expiry, the token of the token Secret', async () => {
  const name = freshName('robot');
  await kubectlOk(['-n', home, 'create', 'serviceaccount', name]);
  const none = await generate({ serviceaccount: name, output: '-' });
  expect(none.code).toBe(1);
  expect(none.err).toContain('say --expiry 24h');
  await apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: `${name}-token`,
        namespace: home,
        annotations: { 'kubernetes.io/service-account.name': name },
      },
      type: 'kubernetes.io/service-account-token',
    },
  ]);
  const file = path.join(folder, name);
  await eventually('the token is there', async () => {
    return (await generate({ serviceaccount: name, output: file })).code === 0;
  });
  expect(await whoami(file)).toBe(`system:serviceaccount:${home}:${name}`);

  // Under its old name, by one dash or two, as a process.
  const program = path.join(folder, 'proxy-kubeconfig-generator');
  await symlink(path.resolve(import.meta.dirname, '../../src/apps/tenantry.ts'), program);
  const argv = ['-kubeconfig-secret-key', 'kubeconfig', ...flags({ serviceaccount: name })];
  const env = { ...process.env, KUBECONFIG: clusterContext().kubeconfig };
  const { stdout } = await run(process.execPath, [program, ...argv], { env });
  expect(stdout).toBe(`✔ kubeconfig written to secret ${home}/${name}-kubeconfig\n`);
  const data = [
    '-n',
    home,
    'get',
    'secret',
    `${name}-kubeconfig`,
    '-o',
    'jsonpath={.data.kubeconfig}',
  ];
  const stored = path.join(folder, `${name}-stored`);
  await writeFile(stored, Buffer.from(await kubectlOk(data), 'base64'), { mode: 0o600 });
  expect(await whoami(stored)).toBe(`system:serviceaccount:${home}:${name}`);
});

describe('what is missing is named, with exit code 1', () => {
  test.each<[Record<string, string | undefined>, string]>([
    [{ serviceaccount: undefined }, '--serviceaccount is missing'],
    [{ server: undefined }, '--server is missing'],
    [{ 'server-tls-secret-name': undefined }, '--server-tls-secret-name is missing'],
    [{ server: 'http://proxy' }, 'is not an https:// address'],
    [{ expiry: '5m' }, 'at least 10m'],
    [{ expiry: 'soon' }, 'is not a duration'],
    [{ 'server-tls-secret-name': 'other' }, 'not found: correct --server-tls-secret-name'],
    [{ 'server-tls-secret-ca-key': 'empty' }, 'no certificate under the key'],
    [{ serviceaccount: 'nobody', expiry: '1h' }, "nobody' not found: create it"],
  ])('%o', async (more, message) => {
    const { code, out, err } = await generate({ output: '-', ...more });
    expect([code, out, err]).toEqual([1, '', expect.stringContaining(message)]);
  });
});
