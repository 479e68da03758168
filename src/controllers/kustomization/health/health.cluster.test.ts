import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import type { JsonValue, KubeObject } from '../../../kube/object.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

/** Without a kubelet a pod is what its status is set to. */
const podObject = (name: string, extra: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...extra },
  spec: { containers: [{ name: 'main', image: 'example.invalid/main' }] },
});
const pod = (name: string) => JSON.stringify(podObject(name));

async function setPod(namespace: string, name: string, status: JsonValue): Promise<void> {
  const type = await harness.type('v1', 'Pod');
  const patch = { type: 'merge', body: { status } } as const;
  await harness.admin.patch(type, { namespace, name }, patch, { subresource: 'status' });
}

const running: JsonValue = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: null }],
  containerStatuses: [
    {
      name: 'main',
      image: 'x',
      imageID: 'x',
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: null } },
    },
  ],
};

const isWaiting = (namespace: string, name = 'apps') =>
  harness.until(namespace, name, (object) => {
    const ready = conditionOf(object, 'Ready');
    return ready?.status === 'Unknown' && conditionOf(object, 'Healthy')?.status === 'Unknown';
  });

async function deployPod(spec: object, files: Record<string, string> = { 'pod.yaml': pod('p') }) {
  const namespace = await harness.tenant();
  const revision = await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps', { ...spec });
  return { namespace, revision };
}

it('wait: is ready when what was applied is, told by its watch', async () => {
  const { namespace, revision } = await deployPod({ wait: true });
  const waiting = await isWaiting(namespace);
  expect(conditionOf(waiting, 'Ready')?.message).toContain(
    `health checks for revision ${revision}`,
  );
  expect(waiting.status?.lastAppliedRevision).toBeUndefined();
  harness.requests();
  await setPod(namespace, 'p', running);
  const ready = await harness.ready(namespace, 'apps', revision);
  expect(conditionOf(ready, 'Healthy')).toMatchObject({ status: 'True', reason: 'Succeeded' });
  const asked = harness.requests().filter(({ identity }) => identity !== undefined);
  expect(asked).toEqual([]);
});

it('without wait nothing is waited for', async () => {
  const { namespace, revision } = await deployPod({});
  const ready = await harness.ready(namespace, 'apps', revision);
  expect(conditionOf(ready, 'Healthy')).toBeUndefined();
});

it('fails as soon as one object has failed, and names that one first', async () => {
  const files = { 'a.yaml': pod('aaa'), 'b.yaml': pod('bad') };
  const { namespace } = await deployPod({ wait: true, retryInterval: '1h' }, files);
  await isWaiting(namespace);
  const state = { waiting: { reason: 'CrashLoopBackOff', message: 'again and again' } };
  const crashing = { name: 'main', image: 'x', imageID: 'x', ready: false, restartCount: 9, state };
  await setPod(namespace, 'bad', { phase: 'Running', containerStatuses: [crashing] });
  const { message } = await harness.failed(namespace, 'apps', 'HealthCheckFailed');
  expect(message).toMatch(
    new RegExp(`^health check failed: Pod/${namespace}/bad status: 'Failed'`),
  );
  expect(message).toContain(`Pod/${namespace}/aaa status: 'InProgress'`);
  const object = await harness.get(namespace, 'apps');
  expect(conditionOf(object, 'Healthy')).toMatchObject({
    status: 'False',
    reason: 'HealthCheckFailed',
  });
  expect(object.status?.lastAppliedRevision).toBeUndefined();
  expect(object.status?.history?.[0]?.lastReconciledStatus).toBe('HealthCheckFailed');
});

const canceled = (namespace: string) =>
  harness.events
    .filter(
      ({ about, reason }) => about === `${namespace}/apps` && reason === 'HealthCheckCanceled',
    )
    .map(({ severity, message }) => `${severity}: ${message}`);

it('a new revision ends the wait for the old one at once, and that is told', async () => {
  const { namespace, revision } = await deployPod({ wait: true });
  await isWaiting(namespace);
  const fixed = await harness.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
  await harness.ready(namespace, 'apps', fixed);
  expect(canceled(namespace)).toEqual([
    `info: Health checks of revision ${revision} canceled: GitRepository/${namespace}/fleet changed`,
  ]);
});

it('so does a new spec; a wait that came to its end was not canceled', async () => {
  const { namespace, revision } = await deployPod({ wait: true });
  await isWaiting(namespace);
  await harness.deploy(namespace, 'apps', { wait: false });
  await harness.ready(namespace, 'apps', revision);
  const all = [
    `info: Health checks of revision ${revision} canceled: Kustomization/${namespace}/apps changed`,
  ];
  expect(canceled(namespace)).toEqual(all);
  await harness.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
  await harness.ready(namespace, 'apps');
  expect(canceled(namespace)).toEqual(all);
});

it('wait replaces healthChecks', async () => {
  const healthChecks = [{ apiVersion: 'v1', kind: 'Pod', name: 'absent' }];
  const files = { 'a.yaml': configMap('a', {}) };
  const { namespace } = await deployPod({ wait: true, healthChecks }, files);
  await harness.ready(namespace, 'apps');
});

it('what is not applied on request is not waited for', async () => {
  const annotations = { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' };
  const skipped = JSON.stringify(podObject('skipped', { annotations }));
  const namespace = await harness.tenant();
  await applyAll(harness.admin, [podObject('skipped', { namespace })]);
  await harness.publish({ 'skipped.yaml': skipped, 'a.yaml': configMap('a', {}) }, { namespace });
  await harness.deploy(namespace, 'apps', { wait: true });
  const ready = await harness.ready(namespace, 'apps');
  expect(conditionOf(ready, 'Healthy')?.status).toBe('True');
});

it('fails at once for what is stalled', async () => {
  const namespace = await harness.tenant();
  await harness.publish(
    { 'one/a.yaml': configMap('a', {}), 'two/b.yaml': configMap('b', {}) },
    { namespace },
  );
  const nowhere = { kind: 'Bucket', name: 'nowhere' };
  await harness.deploy(namespace, 'one', { path: './one', sourceRef: nowhere });
  await harness.until(namespace, 'one', (object) => conditionOf(object, 'Stalled') !== undefined);
  const apiVersion = 'kustomize.toolkit.fluxcd.io/v1';
  const healthChecks = [{ apiVersion, kind: 'Kustomization', name: 'one' }];
  await harness.deploy(namespace, 'two', { path: './two', healthChecks, retryInterval: '1h' });
  const { message } = await harness.failed(namespace, 'two', 'HealthCheckFailed');
  expect(message).toContain(`Kustomization/${namespace}/one status: 'Failed'`);
});

it('waits hold no worker: ten that never end keep nobody waiting', async () => {
  const stuck = await Promise.all(Array.from({ length: 10 }, () => deployPod({ wait: true })));
  await Promise.all(stuck.map(({ namespace }) => isWaiting(namespace)));
  const { namespace } = await deployPod({}, { 'a.yaml': configMap('a', {}) });
  await harness.ready(namespace, 'apps');
});

it('healthChecks: looks at what others made, as the tenant', async () => {
  const namespace = await harness.tenant();
  await applyAll(harness.admin, [podObject('theirs', { namespace })]);
  await harness.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
  const healthChecks = [{ apiVersion: 'v1', kind: 'Pod', name: 'theirs' }];
  await harness.deploy(namespace, 'apps', { healthChecks });
  await isWaiting(namespace);
  await setPod(namespace, 'theirs', running);
  await harness.ready(namespace, 'apps');
});

it("healthChecks: a neighbour's objects are for the neighbour to see", async () => {
  const victim = await harness.tenant('victim');
  const namespace = await harness.tenant('evil');
  await harness.publish({ 'pod.yaml': pod('theirs') }, { namespace: victim });
  await harness.deploy(victim, 'apps');
  await harness.ready(victim, 'apps');
  const files = { 'theirs/a.yaml': configMap('a', {}), 'absent/b.yaml': configMap('b', {}) };
  await harness.publish(files, { namespace });
  const messages: string[] = [];
  for (const name of ['theirs', 'absent']) {
    const healthChecks = [{ apiVersion: 'v1', kind: 'Pod', name, namespace: victim }];
    await harness.deploy(namespace, name, { path: `./${name}`, healthChecks });
    const { message } = await harness.failed(namespace, name, 'ReconciliationFailed');
    messages.push(message.replace(name, 'X'));
  }
  expect(messages[0]).toBe(messages[1]);
  expect(messages[0]).toContain(`may not get pods in namespace '${victim}'`);
});

it('goes on waiting after a crash', async () => {
  const { namespace, revision } = await deployPod({ wait: true });
  await isWaiting(namespace);
  await harness.crash();
  await harness.restart();
  await setPod(namespace, 'p', running);
  await harness.ready(namespace, 'apps', revision);
});

it('time that passed before a crash counts: a wait does not begin again', async () => {
  const { namespace } = await deployPod({ wait: true, retryInterval: '1h' });
  const { status } = await isWaiting(namespace);
  await harness.crash();
  const lastTransitionTime = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  const conditions = (status?.conditions ?? []).map((one) => ({ ...one, lastTransitionTime }));
  const type = await harness.type('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  const patch = { type: 'merge', body: { status: { conditions } } } as const;
  const key = { namespace, name: 'apps' };
  await harness.admin.patch(type, key, patch, { subresource: 'status' });
  await harness.restart();
  const { message } = await harness.failed(namespace, 'apps', 'HealthCheckFailed');
  expect(message).toBe(
    `health check failed: timeout after 59m30s waiting for: Pod/${namespace}/p status: 'InProgress': pending`,
  );
});

it('what became healthy too late makes it ready all the same, at once', async () => {
  const { namespace } = await deployPod({ wait: true, retryInterval: '1h' });
  await isWaiting(namespace);
  const state = { waiting: { reason: 'CrashLoopBackOff', message: 'again and again' } };
  const crashing = { name: 'main', image: 'x', imageID: 'x', ready: false, restartCount: 9, state };
  await setPod(namespace, 'p', { phase: 'Running', containerStatuses: [crashing] });
  await harness.failed(namespace, 'apps', 'HealthCheckFailed');
  await setPod(namespace, 'p', running);
  await harness.ready(namespace, 'apps');
});

const jobChecks = [
  { apiVersion: 'v1', kind: 'Pod', name: 'p' },
  { apiVersion: 'batch/v1', kind: 'Job', name: 'once' },
];

it.each([
  ['wait', { wait: true }],
  ['healthChecks', { healthChecks: jobChecks }],
])('%s: a Job that deleted itself is done, and is not run again', async (_, spec) => {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once' },
    spec: {
      ttlSecondsAfterFinished: 0,
      suspend: true,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{ name: 'main', image: 'example.invalid/main' }],
        },
      },
    },
  };
  const files = { 'job.yaml': JSON.stringify(job), 'pod.yaml': pod('p') };
  const { namespace, revision } = await deployPod(spec, files);
  await isWaiting(namespace);
  const type = await harness.type('batch/v1', 'Job');
  await harness.admin.delete(
    type,
    { namespace, name: 'once' },
    { propagationPolicy: 'Background' },
  );
  await harness.gone('batch/v1', 'Job', { namespace, name: 'once' });
  await setPod(namespace, 'p', running);
  await harness.ready(namespace, 'apps', revision);
  expect(await harness.read('batch/v1', 'Job', { namespace, name: 'once' })).toBeUndefined();
  // Nor does the next process, which remembers nothing, whatever it is asked.
  await harness.crash();
  await harness.restart();
  await harness.request(namespace, 'apps');
  const next = await harness.publish({ ...files, 'README.md': 'more' }, { namespace });
  await harness.ready(namespace, 'apps', next);
  expect(await harness.read('batch/v1', 'Job', { namespace, name: 'once' })).toBeUndefined();
});

it('a Kustomization that applies itself does not wait for itself', async () => {
  const namespace = await harness.tenant();
  const apiGroup = 'rbac.authorization.k8s.io';
  await applyAll(harness.admin, [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'self', namespace },
      subjects: [{ kind: 'ServiceAccount', name: 'gitops', namespace }],
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    },
  ]);
  await harness.deploy(namespace, 'apps', { wait: true, suspend: true });
  const { labels = {} } = (await harness.get(namespace, 'apps')).metadata;
  const self = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'apps', labels },
    spec: {
      interval: '1h',
      retryInterval: '1s',
      prune: true,
      wait: true,
      serviceAccountName: 'gitops',
      sourceRef: { kind: 'GitRepository', name: 'fleet' },
    },
  };
  await harness.publish({ 'self.yaml': JSON.stringify(self) }, { namespace });
  await harness.deploy(namespace, 'apps', { wait: true, suspend: false });
  await harness.ready(namespace, 'apps');
  await eventually('it stays ready', async () => {
    const object = await harness.request(namespace, 'apps');
    return conditionOf(object, 'Ready')?.status === 'True' ? true : undefined;
  });
});

it('what is skipped is not waited for', async () => {
  const annotations = { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' };
  const files = { 'pod.yaml': JSON.stringify(podObject('p', { annotations })) };
  const { namespace, revision } = await deployPod({ wait: true }, files);
  const { status } = await harness.ready(namespace, 'apps', revision);
  expect(status?.inventory?.entries.map(({ id }) => id)).toEqual([`${namespace}_p__Pod`]);
  expect(await harness.read('v1', 'Pod', { namespace, name: 'p' })).toBeUndefined();
});

it('with wait, healthChecks say nothing more', async () => {
  const healthChecks = [{ apiVersion: 'v1', kind: 'Pod', name: 'nobody-made-it' }];
  const files = { 'a.yaml': configMap('a', {}) };
  const { namespace, revision } = await deployPod({ wait: true, healthChecks }, files);
  await harness.ready(namespace, 'apps', revision);
});

it('a health check without an apiVersion is of apps/v1', async () => {
  const healthChecks = [{ kind: 'Deployment', name: 'web' }];
  const { namespace, revision } = await deployPod(
    { healthChecks },
    { 'a.yaml': configMap('a', {}) },
  );
  await isWaiting(namespace);
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: podObject('web')['spec'] };
  await applyAll(harness.admin, [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: { replicas: 0, selector: { matchLabels: labels }, template },
    },
  ]);
  await harness.ready(namespace, 'apps', revision);
});
