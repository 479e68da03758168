import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the operating system's own notation; compared, never parsed. */
  started: string;
}

/** The running process with this pid; undefined if there is none, or only its zombie. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const started =
    process.platform === 'linux' ? await startedFromProc(pid) : await startedFromPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether exactly this process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.started === identity.started;
}

/** Field 22 of proc(5) stat: clock ticks from boot to start. */
async function startedFromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses, which may itself hold any character.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : rest[18];
}

async function startedFromPs(pid: number): Promise<string | undefined> {
  const args = ['-p', String(pid), '-o', 'state=,lstart='];
  const { stdout } = await promisify(execFile)('ps', args, { env: { LC_ALL: 'C' } }).catch(() => ({
    stdout: '',
  }));
  const [, state, started] = /^(\S+)\s+(.+)$/m.exec(stdout.trim()) ?? [];
  return state?.startsWith('Z') ? undefined : started;
}
