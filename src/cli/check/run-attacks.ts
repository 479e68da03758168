import { sleep, systemClock } from '../../base/clock.ts';
import { isAbort } from '../../base/errors.ts';
import type { Outcome } from './outcome.ts';
import type { Attack } from './attack.ts';
import type { World } from './world.ts';

/** What came of an attack, with all there is to know about it. */
export interface Result extends Outcome, Omit<Attack, 'attempt'> {}

/** How often an attack that was allowed is tried again, and how long is waited in between. */
const again = { times: 5, pauseMs: 1000 };

/** Tries one attack after another; `onResult` hears of each. */
export async function runAttacks(
  attacks: readonly Attack[],
  world: World,
  onResult: (result: Result) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const { attempt, ...told } of attacks) {
    world.signal.throwIfAborted();
    const result = { ...told, ...(await persistent({ ...told, attempt }, world)) };
    results.push(result);
    onResult(result);
  }
  return results;
}

/**
 * What stays. The control plane has only just heard of the tenants: what it holds a moment later is
 * held, and what is allowed every time is a hole.
 */
async function persistent(attack: Attack, world: World): Promise<Outcome> {
  for (let time = 1; ; time++) {
    const outcome = await tried(attack, world);
    if (outcome.verdict !== 'allowed' || time > again.times) return outcome;
    await sleep(systemClock, again.pauseMs, world.signal);
  }
}

/** An attack that falls over has not been refused. */
async function tried(attack: Attack, world: World): Promise<Outcome> {
  try {
    return await attack.attempt(world);
  } catch (error) {
    if (world.signal.aborted || isAbort(error)) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    return { verdict: 'untried', detail };
  }
}
