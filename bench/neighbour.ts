import { kustomization, types } from './fleet.ts';
import { inLanes } from './lanes.ts';
import type { Watched } from './phases.ts';
import type { Stage } from './stage.ts';

/** Kustomizations of the noisy tenant that fail their health checks, over and over. */
export const failingCount = 200;
/** Changes of which a tenant's latencies are taken, one after the other. */
const samples = 100;

/** How long a tenant waits from a change of its spec to Ready, in milliseconds. */
export interface Latency {
  p50: number;
  p99: number;
}

/**
 * Changes what one tenant deploys, again and again: each change is a build, an apply of every object
 * and a status.
 */
export async function latencyOf({ admin, tenants }: Stage, watched: Watched): Promise<Latency> {
  const [namespace = ''] = tenants;
  const key = { namespace, name: 'app' };
  const taken: number[] = [];
  for (let turn = 0; turn < samples; turn++) {
    const annotations = { turn: `${Date.now()}-${turn}` };
    const body = { spec: { commonMetadata: { annotations } } };
    const started = performance.now();
    const { metadata } = await admin.patch(types.kustomization, key, { type: 'merge', body });
    await watched.kustomizations.until({
      what: 'a change is Ready',
      count: 1,
      accept: ({ ready, observed }, id) =>
        id === `${namespace}/app` && ready === 'True' && observed === metadata.generation,
    });
    taken.push(performance.now() - started);
  }
  taken.sort((one, two) => one - two);
  const at = (part: number) => taken[Math.ceil(part * samples) - 1] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Creates the noisy tenant's Kustomizations; until each has failed, and goes on failing. */
export async function makeNoise(stage: Stage, watched: Watched): Promise<void> {
  const { admin, noisyTenant, options } = stage;
  const { interval } = options;
  const failing = Array.from({ length: failingCount }, (_, i) =>
    kustomization(noisyTenant, `failing-${i}`, {
      interval,
      path: './failing',
      namePrefix: `f${i}-`,
    }),
  );
  const endless = kustomization(noisyTenant, 'endless', { interval, path: './endless' });
  await admin.create(types.kustomization, endless);
  await inLanes(failing, 8, (object) => admin.create(types.kustomization, object));
  await watched.kustomizations.until({
    what: 'every Kustomization of the noisy tenant has failed',
    count: failingCount,
    accept: ({ ready = '' }, id) =>
      id.startsWith(`${noisyTenant}/failing-`) && ready.startsWith('health check failed'),
  });
}
