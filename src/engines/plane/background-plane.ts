import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { sleep, systemClock } from '../../base/clock.ts';
import { isRunning } from '../native/process-identity.ts';
import { PlaneError } from './plane-error.ts';
import { endComponents, readRecord, type PlaneRecord } from './plane-folder.ts';
import { locatePrograms } from './plane-programs.ts';
import type { PlaneOptions } from './plane.ts';
import type { ServeMessage, ServeRequest } from './serve-plane.ts';

/** A plane in the background, as its folder's record and the process table tell. */
export interface PlaneStatus {
  dir: string;
  running: boolean;
  /** The process that owns it; ended to stop it. */
  pid?: number;
  server?: string;
  kubeconfig?: string;
  version?: string;
  auditLogPath?: string;
  /** RFC 3339. */
  startedAt?: string;
  components: { name: string; pid: number; running: boolean }[];
}

/** Where `tenantry plane` keeps its plane: the user's state folder (XDG base directories). */
export function defaultPlaneFolder(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state');
  return path.join(state, 'tenantry', 'plane');
}

/** How the plane in `dir` is. */
export async function planeStatus(dir: string): Promise<PlaneStatus> {
  const record = await readRecord(dir);
  if (!record) return { dir, running: false, components: [] };
  const components = Object.entries(record.components).map(async ([name, identity]) => {
    return { name, pid: identity.pid, running: await isRunning(identity) };
  });
  const running = await isOwned(record);
  return {
    dir,
    running,
    ...(running && { pid: record.owner.pid, server: record.server }),
    ...(running && record.version !== undefined && { version: record.version }),
    kubeconfig: record.kubeconfig,
    ...(record.auditLog !== undefined && { auditLogPath: record.auditLog }),
    startedAt: record.startedAt,
    components: await Promise.all(components),
  };
}

/** A stopped plane's record lists no components; its owner may be busy with something else by now. */
async function isOwned({ components, owner }: PlaneRecord): Promise<boolean> {
  return Object.keys(components).length > 0 && (await isRunning(owner));
}

/**
 * Makes sure a plane runs in `dir` and stays after this process: a detached one of its own owns it.
 * Resolves when it is ready; a plane that already runs is left as it is. Throws {@link PlaneError}.
 */
export async function planeUp(
  dir: string,
  options: Omit<PlaneOptions, 'dir' | 'log'> = {},
): Promise<PlaneStatus> {
  if ((await planeStatus(dir)).running) return untilReady(dir, options.signal);
  // Here, where progress can be seen; the detached process then finds the programs in the cache.
  await locatePrograms(options);
  options.signal?.throwIfAborted();
  const { audit = false, scheduler = false, durable = true } = options;
  const logFile = path.join(dir, 'log', 'plane.log');
  const child = await spawnServer({ dir, audit, scheduler, durable }, logFile);
  const stop = () => child.kill('SIGTERM');
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    await untilServed(child, logFile);
  } catch (error) {
    if (!(error instanceof PlaneError) || error.code !== 'in-use') throw error;
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
  return untilReady(dir, options.signal);
}

/**
 * The status of a plane that another process may still be starting. Such a process claims the folder
 * first, records itself a moment later, and its version when all is ready.
 */
async function untilReady(dir: string, signal: AbortSignal | undefined): Promise<PlaneStatus> {
  const recordedBy = Date.now() + 10_000;
  return keepAwake(async () => {
    for (;;) {
      const status = await planeStatus(dir);
      if (!status.running && Date.now() > recordedBy)
        throw new PlaneError('not-running', `The plane in ${dir} has ended.`);
      if (status.version !== undefined) return status;
      await sleep(systemClock, 100, signal);
    }
  });
}

/** Runs `wait`, whose timers alone would let the process end in mid-wait. */
async function keepAwake<T>(wait: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1000);
  try {
    return await wait();
  } finally {
    clearInterval(timer);
  }
}

async function spawnServer(request: ServeRequest, logFile: string): Promise<ChildProcess> {
  await mkdir(path.dirname(logFile), { recursive: true, mode: 0o700 });
  const log = await open(logFile, 'a', 0o600);
  try {
    const script = path.join(import.meta.dirname, 'serve-plane.ts');
    return spawn(process.execPath, [script, JSON.stringify(request)], {
      cwd: request.dir,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      detached: true,
    });
  } finally {
    await log.close();
  }
}

/** Resolves when the detached process says it is ready, and lets go of it. */
async function untilServed(child: ChildProcess, logFile: string): Promise<void> {
  const told = Promise.withResolvers<ServeMessage>();
  child.once('message', (message) => told.resolve(message as ServeMessage));
  child.once('error', told.reject);
  child.once('exit', () => {
    void lastLines(logFile).then((lines) => told.resolve({ failed: lines }));
  });
  const message = await told.promise;
  if (message.failed !== undefined)
    throw new PlaneError(message.code ?? 'not-ready', message.failed);
  child.disconnect();
  child.unref();
}

async function lastLines(logFile: string): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  return ['The process of the plane ended at once.', ...log.trim().split('\n').slice(-5)].join(
    '\n',
  );
}

export interface DownOptions {
  /** Also deletes the data, keys and logs. */
  purge?: boolean;
  signal?: AbortSignal | undefined;
}

/** How long the owner may take to stop its components one after the other. */
const stopWithinMs = 45_000;

/**
 * Stops the plane in `dir`: exactly the process that was recorded, never a later one with its pid.
 * Returns whether there was one to stop.
 */
export async function planeDown(dir: string, { purge, signal }: DownOptions = {}) {
  const record = await readRecord(dir);
  const stopped = record !== undefined && (await isOwned(record));
  if (record) {
    if (stopped) await stopOwner(record, signal);
    await endComponents(record);
    if (purge) await removeState(dir);
  }
  return { dir, stopped };
}

async function stopOwner({ owner }: PlaneRecord, signal: AbortSignal | undefined): Promise<void> {
  process.kill(owner.pid, 'SIGTERM');
  const deadline = Date.now() + stopWithinMs;
  await keepAwake(async () => {
    while (await isRunning(owner)) {
      if (Date.now() > deadline) process.kill(owner.pid, 'SIGKILL');
      await sleep(systemClock, 50, signal);
    }
  });
}

/** Only what a plane puts there: `dir` was named by a person and may hold more. */
async function removeState(dir: string): Promise<void> {
  const own = ['etcd', 'pki', 'kubeconfig', 'log', 'audit-policy.json', 'plane.json', 'plane.lock'];
  for (const name of own) await rm(path.join(dir, name), { recursive: true, force: true });
}
