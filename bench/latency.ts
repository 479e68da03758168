import { types } from './fleet.ts';
import type { Watched } from './phases.ts';
import type { Stage } from './stage.ts';

/** How long a tenant waits from a change of its spec to Ready, in milliseconds. */
export interface Latency {
  samples: number;
  p50: number;
  p90: number;
  p99: number;
}

/**
 * Changes what one tenant deploys, again and again, each time until Ready: each change is a build, an
 * apply of every object and a status. Returns how long each took.
 */
export async function takeLatencies(
  { admin, tenants }: Stage,
  watched: Watched,
  samples: number,
): Promise<number[]> {
  const [namespace = ''] = tenants;
  const key = { namespace, name: 'app' };
  const taken: number[] = [];
  for (let turn = 0; turn < samples; turn++) {
    const value = `${Date.now()}-${turn}`;
    const patch = JSON.stringify([{ op: 'replace', path: '/data/colour', value }]);
    const commonMetadata = { annotations: { turn: value } };
    const body = { spec: { commonMetadata, patches: [{ patch, target: { kind: 'ConfigMap' } }] } };
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
  return taken;
}

/** The nearest-rank percentiles of what was taken. */
export function latencyOf(taken: readonly number[]): Latency {
  const sorted = taken.toSorted((one, two) => one - two);
  const at = (part: number) => sorted[Math.ceil(part * sorted.length) - 1] ?? NaN;
  return { samples: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}
