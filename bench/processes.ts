import { readFileSync } from 'node:fs';

/** What a process and all below it use. */
export interface Usage {
  /** User and system time so far, of processes that ended meanwhile too. */
  cpuSeconds: number;
  /** Resident now; pages that processes share count once for each. */
  residentMb: number;
}

/** Ticks per second of /proc/<pid>/stat (USER_HZ), fixed at 100 by the kernel's ABI. */
const ticksPerSecond = 100;

/** Reads /proc (Linux); processes that end while they are read count nothing. */
export function usageOf(root: number): Usage {
  const usage: Usage = { cpuSeconds: 0, residentMb: 0 };
  for (const pid of treeOf(root)) {
    usage.cpuSeconds += cpuSecondsOf(pid);
    usage.residentMb += Number(/^VmRSS:\s+(\d+) kB/m.exec(read(pid, 'status'))?.[1] ?? 0) / 1024;
  }
  return usage;
}

function treeOf(pid: number): number[] {
  const children = read(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(treeOf)];
}

/** Of the process itself, nobody below it. */
export function ownCpuSeconds(pid: number): number {
  return ticksOf(pid, 2) / ticksPerSecond;
}

function cpuSecondsOf(pid: number): number {
  // The last two are of children that ended and were waited for.
  return ticksOf(pid, 4) / ticksPerSecond;
}

/** The sum of the first `count` of utime, stime, cutime, cstime. */
function ticksOf(pid: number, count: number): number {
  // The second field is a name in brackets that may hold anything, so fields count from its end.
  const fields = read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 11 + count).reduce((sum, field) => sum + Number(field), 0);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Remembers the most memory a process tree had since it was last asked. */
export interface PeakWatch extends Disposable {
  takePeakMb(): number;
}

export function watchPeak(root: number, everyMs = 200): PeakWatch {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, usageOf(root).residentMb);
  };
  const timer = setInterval(look, everyMs);
  return {
    takePeakMb() {
      look();
      const taken = peak;
      peak = 0;
      return taken;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
