import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const files = (k: string) => ({ 'a.yaml': configMap('a', { k }) });
const about = (namespace: string) =>
  harness.events.filter((event) => event.about === `${namespace}/apps`);

it('tells revisions, digests and origin; five at most, the newest first', async () => {
  const namespace = await harness.tenant();
  await harness.deploy(namespace, 'apps');
  const revisions: string[] = [];
  for (const value of ['1', '2', '3', '4', '5', '6', '7']) {
    const metadata = { 'org.opencontainers.image.revision': `v${value}` };
    const revision = await harness.publish(files(value), { namespace, metadata });
    await harness.ready(namespace, 'apps', revision);
    revisions.push(revision);
  }
  const { status } = await harness.get(namespace, 'apps');
  expect(status?.history).toHaveLength(5);
  expect(status?.history?.map(({ metadata }) => metadata?.['revision'])).toEqual(
    revisions.slice(2).toReversed(),
  );
  expect(status?.history?.[0]).toMatchObject({
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
    lastReconciledStatus: 'ReconciliationSucceeded',
    metadata: { originRevision: 'v7' },
  });
  expect(status?.lastAppliedOriginRevision).toBe('v7');
});

it('going back to a build counts on in its entry', async () => {
  const namespace = await harness.tenant();
  await harness.deploy(namespace, 'apps');
  for (const value of ['1', '2', '1']) {
    const revision = await harness.publish(files(value), { namespace });
    await harness.ready(namespace, 'apps', revision);
  }
  const { status } = await harness.get(namespace, 'apps');
  expect(status?.history?.map((entry) => entry.totalReconciliations)).toEqual([2, 1]);
});

it('success is told with what notifications need, failure with its reason', async () => {
  const namespace = await harness.tenant();
  const revision = await harness.publish(files('1'), { namespace });
  await harness.deploy(namespace, 'apps');
  const object = await harness.ready(namespace, 'apps', revision);
  expect(conditionOf(object, 'Ready')).toMatchObject({
    reason: 'ReconciliationSucceeded',
    message: `Applied revision: ${revision}`,
  });
  const [applied, succeeded] = about(namespace).filter(({ severity }) => severity === 'info');
  expect(applied).toMatchObject({
    reason: 'Progressing',
    message: `ConfigMap/${namespace}/a created`,
    metadata: { revision },
  });
  expect(succeeded).toMatchObject({
    reason: 'ReconciliationSucceeded',
    metadata: { revision, commit_status: 'update' },
  });
  expect(succeeded?.message).toMatch(/^Reconciliation finished in .+, next run in 1h0m0s$/);
  await harness.publish({ 'a.yaml': '{' }, { namespace });
  await harness.failed(namespace, 'apps', 'BuildFailed');
  expect(about(namespace).at(-1)).toMatchObject({ severity: 'error', reason: 'BuildFailed' });
});

it('a reconcile that changes nothing tells nothing', async () => {
  const namespace = await harness.tenant();
  await harness.publish(files('1'), { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  const before = about(namespace).length;
  await harness.request(namespace, 'apps');
  await harness.request(namespace, 'apps');
  expect(about(namespace)).toHaveLength(before);
  const { status } = await harness.get(namespace, 'apps');
  expect(status?.history?.[0]?.totalReconciliations).toBe(3);
});
