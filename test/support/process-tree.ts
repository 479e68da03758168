import { readdir, readFile } from 'node:fs/promises';
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
} from '../../src/engines/native/process-identity.ts';
import { eventually } from './eventually.ts';

/** The processes a process has started, and those they have, now (Linux; elsewhere none are found). */
export async function descendantsOf(pid: number): Promise<ProcessIdentity[]> {
  const parents = await readParents();
  const found: number[] = [];
  for (let next: number[] = [pid]; next.length > 0;) {
    next = [...parents].filter(([, parent]) => next.includes(parent)).map(([child]) => child);
    found.push(...next);
  }
  const identities = await Promise.all(found.map((child) => identifyProcess(child)));
  return identities.filter((identity) => identity !== undefined);
}

/** Waits until none of these runs any more. */
export async function ended(processes: readonly ProcessIdentity[], seconds = 120): Promise<void> {
  await eventually(
    'all processes end',
    async () => {
      const running = await Promise.all(processes.map(isRunning));
      const left = processes.filter((_, index) => running[index]);
      if (left.length > 0) throw new Error(`still running: ${left.map(({ pid }) => pid).join()}`);
      return true;
    },
    seconds,
  );
}

/** Child to parent, of all processes. */
async function readParents(): Promise<Map<number, number>> {
  const names = await readdir('/proc').catch(() => []);
  const parents = new Map<number, number>();
  for (const name of names.filter((each) => /^\d+$/.test(each))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  return parents;
}
