import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { violatedInvariants } from '../../test/support/invariants.ts';
import {
  createBench,
  installWidgets,
  type Bench,
  type Workshop,
} from '../../test/support/widget.ts';
import { isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { configMapType } from '../kube/core-resources.ts';
import type { ResourceType } from '../kube/object.ts';
import { done } from './outcome.ts';

let type: ResourceType;
let bench: Bench;
const deadline = { interval: 25 };

beforeAll(async () => {
  type = await installWidgets();
});
beforeEach(async () => {
  bench = await createBench(type);
});
afterEach(async () => {
  await bench.close();
});

/** Starts a controller whose objects own a ConfigMap each; `step` is called at each of its awaits. */
function start(step: (workshop: Workshop) => void): Workshop {
  let workshop: Workshop;
  const at = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work;
    step(workshop);
    return result;
  };
  workshop = bench.start(
    {
      async reconcile({ metadata, spec }, _deps, run) {
        // The inventory is on record before there is anything to lose track of.
        run.record({ parts: [metadata.name] });
        await at(run.progress('building'));
        await at(putPart(workshop.client, metadata.name, String(spec.size)));
        run.record({ built: `size ${spec.size}` });
        return done({ reason: 'Succeeded', message: `built size ${spec.size}` });
      },
      async cleanup({ status }) {
        for (const name of status?.parts ?? []) await at(removePart(workshop.client, name));
      },
    },
    { onWrite: () => step(workshop), minRetryMs: 10 },
  );
  return workshop;
}

function putPart(client: KubeClient, name: string, size: string) {
  const metadata = { name, namespace: bench.namespace };
  const part = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { size } };
  return client.apply(configMapType, part, { fieldManager: 'widget-controller', force: true });
}

async function removePart(client: KubeClient, name: string): Promise<void> {
  try {
    await client.delete(configMapType, { namespace: bench.namespace, name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

const parts = async () => {
  const { items } = await bench.client.list(configMapType, { namespace: bench.namespace });
  return items
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')
    .map((part) => [part.metadata.name, part['data']]);
};
const builtOf = async (name: string) => (await bench.get(name))?.status?.built;

/** A life: made, edited, deleted. Ends with the world as it was before. */
async function live(name: string): Promise<void> {
  await bench.put(name, { size: 1 });
  await expect.poll(() => builtOf(name), deadline).toBe('size 1');
  await bench.edit(name, { spec: { size: 2 } });
  await expect.poll(() => builtOf(name), deadline).toBe('size 2');
  const ready = async () => violatedInvariants((await bench.get(name))!);
  await expect.poll(ready, deadline).toEqual([]);
  expect(await parts()).toEqual([[name, { size: '2' }]]);
  await bench.remove(name);
  await expect.poll(() => bench.get(name), deadline).toBeUndefined();
  expect(await parts()).toEqual([]);
}

test('killed at any step of a life, a new process completes it', async () => {
  let steps = 0;
  const whole = start(() => void steps++);
  await live('whole');
  await whole.stop();
  expect(steps).toBeGreaterThan(20);

  for (let killAt = 1; killAt <= steps; killAt++) {
    let step = 0;
    start((workshop) => {
      if (++step !== killAt) return;
      workshop.kill();
      start(() => {});
    });
    await live(`killed-${killAt}`);
    await bench.close();
    bench = await createBench(type);
  }
});
