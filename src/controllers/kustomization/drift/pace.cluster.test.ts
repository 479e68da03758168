import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { createFakeClock, type FakeClock } from '../../../../test/support/fake-clock.ts';
import {
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

const valueOf = async (namespace: string, name: string) => {
  const object = await harness.read('v1', 'ConfigMap', { namespace, name });
  return (object?.['data'] as { k?: string } | undefined)?.k;
};
const drift = async (namespace: string, name: string) =>
  harness.admin.patch(
    await harness.type('v1', 'ConfigMap'),
    { namespace, name },
    { type: 'merge', body: { data: { k: 'drifted' } } },
  );
const corrected = (namespace: string, name: string) =>
  eventually(`${name} is put right`, async () =>
    (await valueOf(namespace, name)) === 'v' ? true : undefined,
  );
const toldOf = (namespace: string, corrections: number) =>
  eventually(`${corrections} corrections are told`, () => {
    const told = harness.events.filter(
      ({ about, reason }) => about === `${namespace}/apps` && reason === 'DriftCorrected',
    );
    return Promise.resolve(told.length === corrections ? true : undefined);
  });

/**
 * A Kustomization of two, one of which has drifted until its correction has to wait, which is known
 * as the drift of the other was noticed after it.
 */
async function unsettled(): Promise<string> {
  const namespace = await harness.tenant();
  const files = { 'a.yaml': configMap('a', { k: 'v' }), 'b.yaml': configMap('b', { k: 'v' }) };
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps');
  await harness.ready(namespace, 'apps');
  for (let count = 1; count <= 3; count++) {
    await drift(namespace, 'a');
    await corrected(namespace, 'a');
    await toldOf(namespace, count);
  }
  await drift(namespace, 'a');
  await drift(namespace, 'b');
  await corrected(namespace, 'b');
  await toldOf(namespace, 4);
  return namespace;
}

it('the drift of another object does not correct one that has to wait', async () => {
  const namespace = await unsettled();
  expect(await valueOf(namespace, 'a')).toBe('drifted');
  clock.tick(999);
  await drift(namespace, 'b');
  await corrected(namespace, 'b');
  expect(await valueOf(namespace, 'a')).toBe('drifted');
  clock.tick(1);
  await corrected(namespace, 'a');
});

it('who asks for a reconcile does not wait', async () => {
  const namespace = await unsettled();
  await harness.request(namespace, 'apps');
  expect(await valueOf(namespace, 'a')).toBe('v');
});
