import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../test/support/kustomize-harness.ts';
import { claimAnnotation } from '../../api/annotations.ts';

const kustomization = ['kustomize.toolkit.fluxcd.io/v1', 'Kustomization'] as const;

let harness: KustomizeHarness;
beforeAll(async () => {
  // Stands still: a wait for health is never announced, so that no status is written meanwhile.
  harness = await startKustomizeHarness({ clock: createFakeClock(Date.now()) });
});
afterAll(() => harness[Symbol.asyncDispose]());

/** There is no node: its pod never becomes ready. */
function unready(): string {
  const labels = { app: 'web' };
  const containers = [{ name: 'web', image: 'registry.example/web:1' }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec,
  });
}

/** A process ended after it had applied two objects, and before it wrote a status. */
async function killedBeforeStatus(): Promise<string> {
  const namespace = await harness.tenant();
  const files = { 'a.yaml': configMap('a', {}), 'web.yaml': unready() };
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps', { wait: true });
  for (const [apiVersion, kind, name] of [
    ['v1', 'ConfigMap', 'a'],
    ['apps/v1', 'Deployment', 'web'],
  ] as const) {
    await eventually(`${kind} ${name} was applied`, async () =>
      harness.read(apiVersion, kind, { namespace, name }),
    );
  }
  await harness.crash();
  const { status, metadata } = await harness.get(namespace, 'apps');
  expect(status?.inventory).toBeUndefined();
  expect(metadata.annotations).toHaveProperty([claimAnnotation]);
  return namespace;
}

it('killed before its first status: what left Git meanwhile is pruned', async () => {
  const namespace = await killedBeforeStatus();
  await harness.publish({ 'web.yaml': unready() }, { namespace });
  await harness.restart();
  await harness.gone('v1', 'ConfigMap', { namespace, name: 'a' });
});

it('killed before its first status, and deleted: what it applied goes with it', async () => {
  const namespace = await killedBeforeStatus();
  const type = await harness.type(...kustomization);
  await harness.admin.delete(type, { namespace, name: 'apps' });
  await harness.restart();
  await harness.gone(...kustomization, { namespace, name: 'apps' });
  expect(await harness.read('v1', 'ConfigMap', { namespace, name: 'a' })).toBeUndefined();
});

it('what a tenant claims by hand is not deleted: neither what is its own nor the neighbour’s', async () => {
  const [namespace, neighbour] = [await harness.tenant(), await harness.tenant()];
  const labels = {
    'kustomize.toolkit.fluxcd.io/name': 'apps',
    'kustomize.toolkit.fluxcd.io/namespace': namespace,
  };
  const type = await harness.type('v1', 'ConfigMap');
  for (const at of [namespace, neighbour]) {
    const object = JSON.parse(configMap('precious', {}, { namespace: at, labels }));
    await harness.admin.create(type, object);
  }
  // Its source is not there: it has not run as far as to claim anything.
  await harness.deploy(namespace, 'apps');
  await harness.until(namespace, 'apps', ({ status }) => status?.conditions !== undefined);
  const { metadata } = await harness.get(namespace, 'apps');
  expect(metadata.finalizers ?? []).toEqual([]);
  const entries = [namespace, neighbour].map((at) => ({
    id: `${at}_precious__ConfigMap`,
    v: 'v1',
  }));
  const claim = JSON.stringify({ uid: metadata.uid, inventory: { entries } });
  const body = { metadata: { annotations: { [claimAnnotation]: claim } } };
  const kustomizations = await harness.type(...kustomization);
  const key = { namespace, name: 'apps' };
  await harness.admin.patch(kustomizations, key, { type: 'merge', body });

  await harness.publish({ 'a.yaml': configMap('a', {}) }, { namespace });
  // As its account, it may not even look at the neighbour's.
  const { message } = await harness.failed(namespace, 'apps', 'PruneFailed');
  expect(message).toContain(`may not get configmaps in namespace '${neighbour}'`);
  for (const at of [namespace, neighbour]) {
    expect(
      await harness.read('v1', 'ConfigMap', { namespace: at, name: 'precious' }),
    ).toBeDefined();
  }
});
