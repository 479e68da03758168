import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyAll } from '../../../../test/support/install.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import { untilAllowed } from '../../../../test/support/until-allowed.ts';
import { serviceAccountIdentity } from '../../../kube/identity.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const template = configMap('a', { k: '${from_map}-${from_secret}-${inline:=default}-$${kept}' });
const postBuild = {
  substituteFrom: [
    { kind: 'ConfigMap', name: 'vars' },
    { kind: 'Secret', name: 'secrets' },
    { kind: 'ConfigMap', name: 'absent', optional: true },
  ],
};

async function prepared(prefix = 'tenant', role: string | null = 'admin'): Promise<string> {
  const namespace = await harness.tenant(prefix, role);
  const base = { apiVersion: 'v1', metadata: { namespace } };
  const vars = { ...base, kind: 'ConfigMap', metadata: { name: 'vars', namespace } };
  const secrets = { ...base, kind: 'Secret', metadata: { name: 'secrets', namespace } };
  await applyAll(harness.admin, [
    { ...vars, data: { from_map: 'one', from_secret: 'overridden' } },
    { ...secrets, stringData: { from_secret: 'two\n' } },
  ]);
  await harness.publish({ 'a.yaml': template }, { namespace });
  return namespace;
}
const dataOf = async (namespace: string) =>
  (await harness.read('v1', 'ConfigMap', { namespace, name: 'a' }))?.['data'];

it('takes variables from ConfigMaps and Secrets in order, and inline ones over all', async () => {
  const namespace = await prepared();
  await harness.deploy(namespace, 'apps', { postBuild });
  await harness.ready(namespace, 'apps');
  expect(await dataOf(namespace)).toEqual({ k: 'one-two-default-${kept}' });
  const substitute = { inline: 'three', from_map: 'mine' };
  await harness.deploy(namespace, 'apps', { postBuild: { ...postBuild, substitute } });
  await harness.until(namespace, 'apps', ({ status }) => (status?.history?.length ?? 0) > 1);
  expect(await dataOf(namespace)).toEqual({ k: 'mine-two-three-${kept}' });
});

it('more sources of variables than anybody needs are refused', async () => {
  const namespace = await harness.tenant();
  await harness.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
  const many = Array.from({ length: 65 }, (_, index) => {
    return { kind: 'ConfigMap', name: `c${index}`, optional: true };
  });
  await harness.deploy(namespace, 'apps', { postBuild: { substituteFrom: many } });
  const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
  expect(message).toBe('spec.postBuild.substituteFrom has more than 64 entries');
});

it('names what is missing', async () => {
  const namespace = await prepared();
  const substituteFrom = [{ kind: 'Secret', name: 'nothing' }];
  await harness.deploy(namespace, 'apps', { postBuild: { substituteFrom } });
  const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
  expect(message).toContain(
    `Secret/${namespace}/nothing of spec.postBuild.substituteFrom not found`,
  );
});

it('a variable that nobody set fails the build, and nothing is applied', async () => {
  const namespace = await prepared();
  await harness.deploy(namespace, 'apps', { postBuild: { substitute: { from_map: 'x' } } });
  const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
  expect(message).toContain('from_secret');
  expect(await dataOf(namespace)).toBeUndefined();
});

it('a value from a Secret is not repeated when the API server quotes what it refuses', async () => {
  const namespace = await prepared();
  const metadata = { name: 'secrets', namespace };
  const stringData = { port: 'hunter2', type: 'hunter"3\n', name: 'fine' };
  await applyAll(harness.admin, [{ apiVersion: 'v1', kind: 'Secret', metadata, stringData }]);
  const service = (port: string, type = 'ClusterIP') =>
    `apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  type: ${type}\n  ports:\n  - port: ${port}\n`;
  for (const manifest of [service('${port}'), service('80', "'${type}'")]) {
    const revision = await harness.publish({ 'a.yaml': manifest }, { namespace });
    const substituteFrom = [{ kind: 'Secret', name: 'secrets' }];
    await harness.deploy(namespace, 'apps', { postBuild: { substituteFrom } });
    const { status } = await harness.until(
      namespace,
      'apps',
      (object) =>
        object.status?.lastAttemptedRevision === revision &&
        object.status.history?.[0]?.metadata?.['revision'] === revision,
    );
    expect(JSON.stringify(status)).toContain('***');
    expect(JSON.stringify(status)).not.toContain('hunter');
  }
});

it('a Secret that the account may not read does not leak through a manifest', async () => {
  const namespace = await prepared('weak', null);
  const apiGroup = 'rbac.authorization.k8s.io';
  const name = account;
  await applyAll(harness.admin, [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata: { name, namespace },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
      roleRef: { apiGroup, kind: 'Role', name },
    },
  ]);
  const reading = { verb: 'get', resource: 'configmaps', namespace };
  await untilAllowed(harness.admin, serviceAccountIdentity(namespace, name), reading);
  await harness.deploy(namespace, 'apps', { postBuild });
  const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
  expect(message).toContain(`may not get secrets in namespace '${namespace}'`);
  expect(await dataOf(namespace)).toBeUndefined();
});

it('a labelled ConfigMap tells of its changes at once', async () => {
  const namespace = await prepared();
  await harness.deploy(namespace, 'apps', { postBuild });
  await harness.ready(namespace, 'apps');
  const type = await harness.type('v1', 'ConfigMap');
  const labels = { 'reconcile.fluxcd.io/watch': 'Enabled' };
  const body = { metadata: { labels }, data: { from_map: 'changed' } };
  await harness.admin.patch(type, { namespace, name: 'vars' }, { type: 'merge', body });
  await harness.until(namespace, 'apps', ({ status }) => (status?.history?.length ?? 0) > 1);
  expect(await dataOf(namespace)).toEqual({ k: 'changed-two-default-${kept}' });
});

it('the digest in the status says which Secrets were used, and nothing of what they hold', async () => {
  const namespace = await prepared();
  await harness.deploy(namespace, 'apps', { postBuild });
  const before = (await harness.ready(namespace, 'apps')).status?.history?.[0]?.digest;
  const metadata = { name: 'secrets', namespace, labels: { touched: 'true' } };
  await applyAll(harness.admin, [
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { from_secret: 'two\n' } },
  ]);
  const after = (await harness.request(namespace, 'apps')).status?.history?.[0]?.digest;
  expect(before).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(after).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(after).not.toBe(before);
});
