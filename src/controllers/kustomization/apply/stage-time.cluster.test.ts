import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshName } from '../../../../test/support/cluster.ts';
import { createFakeClock, type FakeClock } from '../../../../test/support/fake-clock.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  account,
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
let clock: FakeClock;
beforeAll(async () => {
  clock = createFakeClock(Date.now());
  harness = await startKustomizeHarness({ clock });
});
afterAll(() => harness[Symbol.asyncDispose]());

it('a stage that is not ready in time fails the build, and a later try goes on from there', async () => {
  const namespace = await harness.tenant('platform');
  const apiGroup = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
  const roleRef = { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' };
  const binding = { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRoleBinding' };
  await applyAll(harness.admin, [{ ...binding, metadata: { name: namespace }, subjects, roleRef }]);
  const name = freshName('class');
  const kind = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' };
  const spec = { controller: 'example.org/none' };
  await harness.publish(
    {
      'class.yaml': JSON.stringify({ ...kind, metadata: { name }, spec }),
      'a.yaml': configMap('a', {}),
    },
    { namespace },
  );
  const current = "has(metadata.annotations) && 'example.org/ready' in metadata.annotations";
  const healthCheckExprs = [{ ...kind, current }];
  await harness.deploy(namespace, 'apps', { healthCheckExprs, retryInterval: '1h', timeout: '5m' });
  const failed = await harness.until(namespace, 'apps', (object) => {
    clock.tick(10_000);
    return conditionOf(object, 'Ready')?.status === 'False';
  });
  expect(conditionOf(failed, 'Ready')).toMatchObject({
    reason: 'ReconciliationFailed',
    message: expect.stringContaining(`timeout waiting for: IngressClass/${name} `) as string,
  });
  const readMap = () => harness.read('v1', 'ConfigMap', { namespace, name: 'a' });
  expect(await readMap()).toBeUndefined();

  const type = await harness.type(kind.apiVersion, kind.kind);
  const body = { metadata: { annotations: { 'example.org/ready': 'yes' } } };
  await harness.admin.patch(type, { name }, { type: 'merge', body });
  await harness.request(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  expect(await readMap()).toBeDefined();
  await harness.admin.delete(type, { name });
});
