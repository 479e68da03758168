import type { Clock } from '../../base/clock.ts';
import type { EngineProcess } from './engine-process.ts';
import { niceness } from './process-priority.ts';

/** What a job is taken for by the CPU time it has had, in milliseconds; the last that applies. */
const levels = [
  { cpuMs: 500, nice: niceness.long },
  { cpuMs: 1_000, nice: niceness.endless },
];
const lookMs = 500;

/**
 * Demotes the process of a job that goes on and on, until the returned function is called. A build
 * that is none of the short ones others wait for gives way to them, and one that never ends runs when
 * nobody else does: `onEndless` is told once, and what it returns is called at the end. What counts is
 * CPU time: waiting for others makes no build a long one.
 */
export function demoteLongJob(
  engine: EngineProcess,
  clock: Clock,
  onEndless: () => () => void,
): () => void {
  const before = engine.cpuMs();
  let cancel = () => {};
  let letGo: (() => void) | undefined;
  const look = () => {
    const had = engine.cpuMs() - before;
    const level = levels.findLast(({ cpuMs }) => had >= cpuMs);
    if (level) engine.demote(level.nice);
    if (level?.nice === niceness.endless) letGo ??= onEndless();
    cancel = clock.after(lookMs, look);
  };
  cancel = clock.after(lookMs, look);
  return () => {
    cancel();
    letGo?.();
  };
}
