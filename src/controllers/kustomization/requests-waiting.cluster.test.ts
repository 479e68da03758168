import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../../test/support/fake-clock.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  conditionOf,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../test/support/kustomize-harness.ts';
import { announceAfterMs } from '../../runtime/held-progress.ts';

let harness: KustomizeHarness;
/** Stands still: however long Kubernetes takes for a Deployment, it counts as soon. */
let clock: FakeClock;
beforeAll(async () => {
  clock = createFakeClock(Date.now());
  harness = await startKustomizeHarness({ clock });
});
afterAll(() => harness[Symbol.asyncDispose]());

const files = (image: string, replicas = 0, more: Record<string, unknown> = {}) => {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } };
  const spec = { replicas, selector: { matchLabels: labels } };
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
  return { 'web.yaml': JSON.stringify({ ...deployment, spec: { ...spec, ...more, template } }) };
};

/** What the component changed since it was last asked, the status of the Kustomization aside. */
function writes(): { status: number; rest: string[] } {
  const requests = harness.requests().filter(({ verb }) => verb !== 'get' && verb !== 'raw');
  const isStatus = ({ subresource }: { subresource?: string }) => subresource === 'status';
  const rest = requests.filter((request) => !isStatus(request));
  return {
    status: requests.length - rest.length,
    rest: rest.map(({ verb, resource }) => `${verb} ${resource.split('.')[0]}`),
  };
}

/** The change log as it was told. */
const toldOf = (namespace: string) =>
  harness.events
    .filter(({ about, reason }) => about === `${namespace}/apps` && reason === 'Progressing')
    .map(({ message }) => message);

async function deployed(image: string): Promise<string> {
  const namespace = await harness.tenant();
  const revision = await harness.publish(files(image), { namespace });
  harness.requests();
  await harness.deploy(namespace, 'apps', { wait: true });
  await harness.ready(namespace, 'apps', revision);
  return namespace;
}

it('an install that is healthy soon costs its objects, the claim of them with the finalizer, and one status', async () => {
  await deployed('registry.example/web:1');
  expect(writes()).toEqual({ status: 1, rest: ['patch kustomizations', 'apply deployments'] });
});

it('an upgrade that is healthy soon costs the changed objects and one status', async () => {
  const namespace = await deployed('registry.example/web:1');
  harness.requests();
  const revision = await harness.publish(files('registry.example/web:2'), { namespace });
  const ready = await harness.ready(namespace, 'apps', revision);
  expect(writes()).toEqual({ status: 1, rest: ['apply deployments'] });
  expect(conditionOf(ready, 'Healthy')).toMatchObject({ status: 'True' });
  expect(ready.status?.history?.[0]).toMatchObject({ totalReconciliations: 1 });
});

it('an upgrade that takes its time costs one status more, which says so', async () => {
  const namespace = await deployed('registry.example/web:1');
  harness.requests();
  // There is no node: its pod never becomes ready.
  const revision = await harness.publish(files('registry.example/web:1', 1), { namespace });
  const applied: string[] = [];
  await eventually('the Deployment was applied', async () => {
    applied.push(...writes().rest);
    return Promise.resolve(applied.length > 0 ? true : undefined);
  });
  const held = await harness.until(namespace, 'apps', () => true);
  expect(conditionOf(held, 'Ready')?.status).toBe('True');
  expect(held.status?.lastAttemptedRevision).not.toBe(revision);
  expect(toldOf(namespace)).toEqual([`Deployment/${namespace}/web created`]);

  const waiting = await harness.until(namespace, 'apps', (object) => {
    clock.tick(announceAfterMs);
    return conditionOf(object, 'Reconciling')?.status === 'True';
  });
  expect(waiting.status).toMatchObject({ lastAttemptedRevision: revision });
  const events = ['created', 'configured'].map((done) => `Deployment/${namespace}/web ${done}`);
  expect(toldOf(namespace)).toEqual(events);
  expect({ applied, ...writes() }).toEqual({
    applied: ['apply deployments'],
    status: 1,
    rest: [],
  });
});

it('a failure that repeats itself costs nothing', async () => {
  const namespace = await harness.tenant();
  const stuck = files('registry.example/web:1', 1, { progressDeadlineSeconds: 1 });
  await harness.publish(stuck, { namespace });
  await harness.deploy(namespace, 'apps', { wait: true, retryInterval: '5s' });
  await harness.failed(namespace, 'apps', 'HealthCheckFailed');
  harness.requests();
  const failures = () =>
    harness.events.filter(
      ({ about, reason }) => about === `${namespace}/apps` && reason === 'HealthCheckFailed',
    ).length;
  for (let retry = 1; retry <= 3; retry += 1) {
    const before = failures();
    clock.tick(5_000);
    await eventually('it was tried again', () =>
      Promise.resolve(failures() > before ? true : undefined),
    );
  }
  expect(writes()).toEqual({ status: 0, rest: [] });
});
