import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** How much a process gives way to others, as nice values: a tenth of the time, and a hundredth. */
export const niceness = {
  /** A build takes what time the control plane leaves. */
  build: constants.priority.PRIORITY_BELOW_NORMAL / 2,
  long: constants.priority.PRIORITY_BELOW_NORMAL,
  endless: constants.priority.PRIORITY_LOW,
} as const;

/** Ticks per second of /proc/<pid>/stat (USER_HZ), fixed at 100 by the kernel's ABI. */
const ticksPerSecond = 100;

/**
 * Lowers the priority of all threads a process has; those it starts later inherit it. Linux keeps a
 * nice value per thread, so that setting the process's own leaves the others as they were. What a
 * thread started just before its own turn is found by looking again.
 */
export function lowerPriority(pid: number, nice: number): void {
  const lowered = new Set<number>();
  for (;;) {
    const others = threadsOf(pid).filter((thread) => !lowered.has(thread));
    if (others.length === 0) return;
    for (const thread of others) {
      ignoring(() => setPriority(thread, nice));
      lowered.add(thread);
    }
  }
}

/**
 * Lowers what a process weighs against those of other sessions. Where the kernel groups processes by
 * session (sched_autogroup), nice values count within a group only, and an endless build on its own
 * weighs as much as the API server. Does nothing elsewhere. The process must lead a session.
 */
export function lowerSessionPriority(pid: number, nice: number): void {
  ignoring(() => writeFileSync(`/proc/${pid}/autogroup`, String(nice)));
}

/** User and system time of a process so far, in milliseconds; undefined where there is no /proc. */
export function cpuMsOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in brackets that may hold anything, so fields count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000;
  } catch {
    return undefined;
  }
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [pid];
  }
}

/** Threads end while they are listed, and priorities are a courtesy: without them it works too. */
function ignoring(act: () => void): void {
  try {
    act();
  } catch {
    return;
  }
}
