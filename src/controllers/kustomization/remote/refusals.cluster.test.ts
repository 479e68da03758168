import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyAll } from '../../../../test/support/install.ts';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import {
  binding,
  kubeconfigSecret,
  kubeconfigText,
  type KubeconfigParts,
  planeCluster,
  remoteSide,
  tenantOfRemote,
  toRemote,
} from '../../../../test/support/remote-cluster.ts';
import { createAuthority, issueServer } from '../../../base/certificate.ts';
import { startScriptedServer, type Play } from '../../../../test/support/scripted-server.ts';

/** What a tenant may try with a kubeconfig of its own, on a platform that is locked. */
let harness: KustomizeHarness;
let local: KustomizeHarness;
const folder = mkdtempSync(path.join(tmpdir(), 'tenantry-kubeconfig-'));
beforeAll(async () => {
  harness = await startKustomizeHarness();
  local = await startKustomizeHarness({ flags: { allowLoopbackClusters: true } });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await local[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const canary = path.join(folder, 'ran');
const exec = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: '/bin/sh',
  args: ['-c', `touch ${canary}`],
  interactiveMode: 'Never',
};
const server = 'https://203.0.113.1';

async function tried(on: KustomizeHarness, text: string, spec: object = {}): Promise<string> {
  const namespace = await tenantOfRemote(on, text);
  await on.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
  await on.deploy(namespace, 'apps', { ...toRemote, ...spec });
  const { message } = await on.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(await on.read('v1', 'ConfigMap', { namespace, name: 'a' })).toBeUndefined();
  return message.replaceAll(namespace, 'NS');
}

it.each([
  ['a program', { user: { exec } }, 'runs a program (users[].user.exec)'],
  ['an auth provider', { user: { 'auth-provider': { name: 'gcp' } } }, 'uses an auth provider'],
  ['impersonation', { user: { token: 't', as: 'system:admin' } }, 'asks for impersonation'],
  ['our own token', { user: { tokenFile: '/var/run/secrets/token' } }, 'users[].user.tokenFile'],
  [
    'a file as certificate',
    { user: { 'client-certificate': '/etc/passwd' } },
    'client-certificate)',
  ],
  ['a file as key', { user: { 'client-key': '/etc/passwd' } }, 'users[].user.client-key'],
  ['a file as authority', { cluster: { 'certificate-authority': '/etc/passwd' } }, 'names a file'],
  [
    'no verification',
    { cluster: { 'insecure-skip-tls-verify': true } },
    'does not verify the server',
  ],
  ['no TLS', { cluster: { server: 'http://203.0.113.1' } }, 'does not verify the server'],
  ['a proxy', { cluster: { 'proxy-url': 'http://203.0.113.2:3128' } }, 'through a proxy'],
  ['another name', { cluster: { 'tls-server-name': 'kubernetes' } }, 'verifies another name'],
  [
    'loopback',
    { cluster: { server: 'https://127.0.0.1:6443' } },
    'loopback, link-local or metadata',
  ],
  [
    'metadata',
    { cluster: { server: 'https://169.254.169.254' } },
    'loopback, link-local or metadata',
  ],
  ['Azure’s metadata', { cluster: { server: 'https://168.63.129.16' } }, 'link-local or metadata'],
  [
    'loopback, mapped',
    { cluster: { server: 'https://[::ffff:127.0.0.1]' } },
    'link-local or metadata',
  ],
])('%s is refused, with what is wrong', async (_, parts, says) => {
  const { cluster, user }: KubeconfigParts = parts;
  const text = kubeconfigText({ cluster: { server, ...cluster }, user: user ?? {} });
  const message = await tried(harness, text);
  expect(message).toContain("the kubeconfig in Secret 'NS/remote' is refused: it ");
  expect(message).toContain(says);
  expect(existsSync(canary)).toBe(false);
});

it.each([
  ['no YAML', '{'],
  ['a list', '[]'],
  ['nothing', '{}'],
  [
    'a broken certificate',
    kubeconfigText({ cluster: { server, 'certificate-authority-data': 'AA==' } }),
  ],
])('%s cannot be used, and what it holds is not told', async (_, text) => {
  expect(await tried(harness, text)).toMatch(
    /^the kubeconfig in Secret 'NS\/remote' cannot be used/,
  );
});

it('a mended Secret is noticed without a change of the spec', async () => {
  const remote = await remoteSide(local.admin);
  const namespace = await tenantOfRemote(local, '{');
  await local.publish(
    { 'a.yaml': configMap('a', {}, { namespace: remote.namespace }) },
    { namespace },
  );
  await local.deploy(namespace, 'apps', toRemote);
  await local.failed(namespace, 'apps', 'ReconciliationFailed');
  await applyAll(local.admin, [kubeconfigSecret(namespace, await remote.kubeconfig())]);
  await local.ready(namespace, 'apps');
});

it('a neighbour’s Secret is not readable: its name means the own namespace, and rights are the own', async () => {
  const remote = await remoteSide(local.admin);
  const neighbour = await tenantOfRemote(local, await remote.kubeconfig());
  const namespace = await local.tenant('tenant', null);
  await local.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
  await local.deploy(namespace, 'apps', toRemote);
  const there = await local.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(there.message).toContain(`ServiceAccount '${namespace}/default' may not get secrets`);
  const kubeConfig = { secretRef: { name: `../${neighbour}/secrets/remote` } };
  await local.deploy(namespace, 'apps', { ...toRemote, kubeConfig });
  const failed = await local.until(namespace, 'apps', ({ metadata, status }) =>
    Boolean(
      status?.conditions?.some(
        (one) =>
          one.type === 'Ready' &&
          one.status === 'False' &&
          one.observedGeneration === metadata.generation,
      ),
    ),
  );
  expect(JSON.stringify(failed.status)).not.toContain(remote.token);
  expect(failed.status?.inventory).toBeUndefined();
});

it('our own API server without credentials gains nothing: no right of ours goes along', async () => {
  const cluster = await planeCluster();
  const message = await tried(local, kubeconfigText({ cluster }));
  expect(message).toMatch(/does not accept the credentials|may not|does not let its user/);
});

it('impersonation takes rights of the kubeconfig’s user, not of ours', async () => {
  const remote = await remoteSide(local.admin);
  const namespace = await tenantOfRemote(local, await remote.kubeconfig());
  const files = { 'a.yaml': configMap('a', {}, { namespace: remote.namespace }) };
  await local.publish(files, { namespace });
  await local.deploy(namespace, 'apps', { ...toRemote, serviceAccountName: 'gitops' });
  const { message } = await local.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toContain(
    `the user of the kubeconfig may not impersonate ServiceAccount '${namespace}/gitops'`,
  );
  const rules = [{ apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] }];
  await applyAll(local.admin, [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'impersonator', namespace },
      rules,
    },
    binding(namespace, 'remote-user', { kind: 'Role', name: 'impersonator' }, remote.namespace),
  ]);
  const bare = await local.until(namespace, 'apps', ({ status }) =>
    Boolean(status?.conditions?.some((one) => one.message.includes('may not get configmaps'))),
  );
  expect(bare.status?.conditions?.[0]?.message).toBeDefined();
  const role = { kind: 'ClusterRole', name: 'edit' } as const;
  await applyAll(local.admin, [binding(remote.namespace, 'gitops', role, namespace)]);
  await local.ready(namespace, 'apps');
});

it('credentials follow no redirect, and no message has them', async () => {
  const { cert, key } = selfSigned();
  await using stranger = await startScriptedServer((_, response) => void response.end('{}'));
  const redirect: Play = (_, response) => {
    response.writeHead(307, { location: `${stranger.url}/api` });
    response.end('token sent: canary-token-of-the-tenant');
  };
  await using there = await startScriptedServer(redirect, { cert, key });
  const cluster = {
    server: there.url,
    'certificate-authority-data': Buffer.from(cert).toString('base64'),
  };
  const token = 'canary-token-of-the-tenant';
  const message = await tried(local, kubeconfigText({ cluster, user: { token } }));
  expect(message).toContain("the cluster of Secret 'NS/remote' answered 307");
  expect(message).not.toContain(token);
  expect(there.valuesOf(there.seen[0], 'authorization')).toEqual([`Bearer ${token}`]);
  expect(stranger.seen).toEqual([]);
  expect(JSON.stringify(local.events)).not.toContain(token);
});

/** A server certificate for 127.0.0.1. */
function selfSigned(): { cert: string; key: string } {
  const authority = createAuthority('remote');
  const { certPem, keyPem } = issueServer(authority, ['127.0.0.1']);
  return { cert: `${certPem}${authority.certPem}`, key: keyPem };
}
