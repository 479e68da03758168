import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditEvents } from '../../../test/support/audit-log.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { applyAll } from '../../../test/support/install.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const files = { 'a.yaml': configMap('a', { k: 'v' }) };

it('every request about what was built is made as the account', async () => {
  const namespace = await harness.tenant();
  const variables = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'vars', namespace } };
  await applyAll(harness.admin, [{ ...variables, data: { x: '1' } }]);
  await harness.publish(files, { namespace });
  harness.requests();
  const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] };
  const healthChecks = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'vars' }];
  await harness.deploy(namespace, 'apps', { postBuild, healthChecks });
  await harness.ready(namespace, 'apps');
  const revision = await harness.publish({ 'b.yaml': configMap('b', {}) }, { namespace });
  await harness.ready(namespace, 'apps', revision);
  const about = harness.requests().filter(({ resource }) => resource === 'configmaps');
  expect(about.map(({ verb }) => verb)).toEqual(expect.arrayContaining(['get', 'apply', 'delete']));
  const users = new Set(about.map(({ identity }) => identity?.user));
  expect([...users]).toEqual([`system:serviceaccount:${namespace}:${account}`]);
});

it('the API server judged it as the account, and knows for what', async (test) => {
  const namespace = await harness.tenant();
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  const seen = await eventually('the audit log has the write', async () => {
    const events = await auditEvents(namespace).catch(() => test.skip('no audit log'));
    const writes = events.filter(
      ({ verb, objectRef }) => verb === 'patch' && objectRef?.resource === 'configmaps',
    );
    return writes.length > 0 ? writes : undefined;
  });
  for (const { impersonatedUser } of seen) {
    expect(impersonatedUser?.username).toBe(`system:serviceaccount:${namespace}:${account}`);
    expect(impersonatedUser?.groups).not.toContain('system:masters');
  }
});

it('an account without rights is told which, and nothing was applied', async () => {
  const namespace = await harness.tenant('poor', null);
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps');
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toMatch(
    new RegExp(
      `^ConfigMap/${namespace}/a: ServiceAccount '${namespace}/${account}' may not (patch|create) ` +
        `configmaps in namespace '${namespace}': grant it with a RoleBinding in '${namespace}'$`,
    ),
  );
  expect(await harness.read('v1', 'ConfigMap', { namespace, name: 'a' })).toBeUndefined();
});

it('recovers by itself once the rights are there', async () => {
  const namespace = await harness.tenant('poor', null);
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  const apiGroup = 'rbac.authorization.k8s.io';
  await applyAll(harness.admin, [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'late', namespace },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'edit' },
    },
  ]);
  await harness.ready(namespace, 'apps');
});

it('an object that names no account acts as the default one, which may do nothing', async () => {
  const namespace = await harness.tenant();
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps', { serviceAccountName: undefined });
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toContain(`ServiceAccount '${namespace}/default' may not`);
  expect(message).toContain('or name another account in spec.serviceAccountName');
});

it('a missing account is named', async () => {
  const namespace = await harness.tenant();
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps', { serviceAccountName: 'nobody' });
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toBe(
    `ServiceAccount '${namespace}/nobody' not found: create it, or correct spec.serviceAccountName`,
  );
});

it('a name no account can have stalls', async () => {
  const namespace = await harness.tenant();
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps', { serviceAccountName: 'kube-system:admin' });
  const { message } = await harness.failed(namespace, 'apps', 'InvalidSpec');
  expect(message).toContain('spec.serviceAccountName');
});

it("a neighbour's namespace is out of reach, by targetNamespace and by manifest", async () => {
  const namespace = await harness.tenant('evil');
  const victim = await harness.tenant('victim');
  const stolen = configMap('stolen', { k: 'v' }, { namespace: victim });
  await harness.publish(
    { 'plain/a.yaml': configMap('a', {}), 'named/a.yaml': stolen },
    { namespace },
  );
  await harness.deploy(namespace, 'target', { path: './plain', targetNamespace: victim });
  await harness.deploy(namespace, 'manifest', { path: './named' });
  for (const name of ['target', 'manifest']) {
    const { message } = await harness.failed(namespace, name, 'ReconciliationFailed');
    expect(message).toContain(`may not patch configmaps in namespace '${victim}'`);
  }
  const type = await harness.type('v1', 'ConfigMap');
  const { items } = await harness.admin.list(type, { namespace: victim });
  const own = items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt');
  expect(own).toEqual([]);
});

it('a child Kustomization cannot widen the identity of its parent', async () => {
  const namespace = await harness.tenant();
  const child = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'child', namespace: 'kube-system' },
    spec: {
      interval: '1h',
      prune: true,
      path: './',
      serviceAccountName: 'cronjob-controller',
      sourceRef: { kind: 'GitRepository', name: 'fleet', namespace },
    },
  };
  await harness.publish({ 'child.yaml': JSON.stringify(child) }, { namespace });
  await harness.deploy(namespace, 'apps');
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toContain("in namespace 'kube-system'");
});
