import { kustomization, types } from './fleet.ts';
import { inLanes } from './lanes.ts';
import type { Watched } from './phases.ts';
import type { Stage } from './stage.ts';

/** Kustomizations of the noisy tenant that fail their health checks, over and over. */
export const failingCount = 200;
/** How often a tenant is alone and then has its neighbour, and changes of which latencies are taken. */
export const rounds = 4;
export const samplesPerRound = 100;

const failingName = (index: number) => `failing-${index}`;
const endlessName = 'endless';

/** Creates the noisy tenant's Kustomizations; until each has failed, and goes on failing. */
export async function makeNoise(stage: Stage, watched: Watched): Promise<void> {
  const { admin, noisyTenant, options } = stage;
  const { interval } = options;
  const failing = Array.from({ length: failingCount }, (_, i) =>
    kustomization(noisyTenant, failingName(i), {
      interval,
      path: './failing',
      namePrefix: `f${i}-`,
    }),
  );
  const endless = kustomization(noisyTenant, endlessName, { interval, path: './endless' });
  await admin.create(types.kustomization, endless);
  await inLanes(failing, 8, (object) => admin.create(types.kustomization, object));
  await allFail(stage, watched);
}

/** Suspends all of them, so that the tenant beside them is alone. */
export async function stopNoise(stage: Stage): Promise<void> {
  await suspend(stage, true);
}

/** Goes on with all of them; until each has failed again. */
export async function resumeNoise(stage: Stage, watched: Watched): Promise<void> {
  await allFail(stage, watched, await suspend(stage, false));
}

/** Returns the least generation that this made. */
async function suspend({ admin, noisyTenant }: Stage, isSuspended: boolean): Promise<number> {
  const names = [endlessName, ...Array.from({ length: failingCount }, (_, i) => failingName(i))];
  const body = { spec: { suspend: isSuspended } };
  let least = Infinity;
  await inLanes(names, 8, async (name) => {
    const key = { namespace: noisyTenant, name };
    const { metadata } = await admin.patch(types.kustomization, key, { type: 'merge', body });
    least = Math.min(least, metadata.generation ?? 0);
  });
  return least;
}

function allFail({ noisyTenant }: Stage, watched: Watched, generation = 1): Promise<void> {
  return watched.kustomizations.until({
    what: 'every Kustomization of the noisy tenant has failed',
    count: failingCount,
    accept: ({ ready = '', tried }, id) =>
      id.startsWith(`${noisyTenant}/failing-`) &&
      ready.startsWith('health check failed') &&
      tried >= generation,
  });
}
