import type { Attempt } from '../memory.ts';

/** What keeps the next stage, or the end, from being reached. */
export interface Obstacle {
  why: string;
  /**
   * `stage`: it is not ready; `termination`: an object has to go first; `handover`: another Kustomization
   * is to hand an object over, whose status tells when it has.
   */
  kind: 'stage' | 'termination' | 'handover';
  /** Which stage it is met in, counted from 0. */
  stage: number;
}

/** Longest wait for what later stages need. */
const stageMs = 60_000;

/**
 * How much longer an obstacle may stand in the way: a stage a minute from when it was applied, anything
 * else `timeoutMs`. Keeps in the attempt when it was first met, so that none is charged for another.
 */
export function patienceMs(
  { kind, stage }: Obstacle,
  attempt: Attempt,
  { timeoutMs, nowMs }: { timeoutMs: number; nowMs: number },
): number {
  const by = `${kind} ${stage}`;
  const met = attempt.blocked?.by === by ? attempt.blocked : { by, sinceMs: nowMs };
  attempt.blocked = met;
  const limitMs = kind === 'stage' ? Math.min(stageMs, timeoutMs) : timeoutMs;
  return met.sinceMs + limitMs - nowMs;
}
