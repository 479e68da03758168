import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../src/engines/plane/free-port.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface ManagerProcessOptions {
  kubeconfig: string;
  storagePath: string;
  /** More flags of `tenantry manager`. */
  flags?: string[];
  /** A program that becomes the manager, such as one that sets limits first, and its arguments. */
  launcher?: readonly string[];
  /** Where its log lines are kept. */
  logFile?: string;
  signal?: AbortSignal;
}

/** `tenantry manager` as users start it, in a process of its own that can be killed. */
export interface ManagerProcess {
  readonly pid: number;
  readonly metricsUrl: string;
  readonly healthUrl: string;
  readonly storageAddr: string;
  /** Log lines so far, parsed; the newest 5000. */
  readonly log: readonly Record<string, unknown>[];
  readonly exited: boolean;
  /** Null while it runs, and after a kill. */
  readonly exitCode: number | null;
  /** Resolves once `/readyz` says so; rejects with its last log lines if it ends first. */
  ready(): Promise<void>;
  /** SIGKILL: no chance to clean up. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL if it does not end within 15 s. */
  stop(): Promise<void>;
}

/** {@link spawnManager}, and waits until it is ready. */
export async function startManager(options: ManagerProcessOptions): Promise<ManagerProcess> {
  const manager = await spawnManager(options);
  await manager.ready().catch(async (error: unknown) => {
    await manager.kill();
    throw error;
  });
  return manager;
}

/** Starts a manager and does not wait for it. */
export async function spawnManager(options: ManagerProcessOptions): Promise<ManagerProcess> {
  const [health, metrics, storage] = await Promise.all([freePort(), freePort(), freePort()]);
  const [file = '', ...args] = [
    ...(options.launcher ?? []),
    path.join(root, 'node_modules/.bin/node'),
    path.join(root, 'src/apps/tenantry.ts'),
    'manager',
    `--kubeconfig=${options.kubeconfig}`,
    `--storage-path=${options.storagePath}`,
    `--storage-addr=127.0.0.1:${storage}`,
    `--storage-adv-addr=127.0.0.1:${storage}`,
    `--health-addr=127.0.0.1:${health}`,
    `--metrics-addr=127.0.0.1:${metrics}`,
    '--allow-loopback-sources',
    ...(options.flags ?? []),
  ];
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    },
  });
  const log = collectLog(child, options.logFile);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    if (!isOver()) child.kill(signal);
    await closed;
  };
  const manager: ManagerProcess = {
    pid: child.pid ?? 0,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    healthUrl: `http://127.0.0.1:${health}`,
    storageAddr: `127.0.0.1:${storage}`,
    log,
    get exited() {
      return isOver();
    },
    get exitCode() {
      return child.exitCode;
    },
    ready: () => waitUntilReady(manager, options.signal),
    kill: () => end('SIGKILL'),
    async stop() {
      const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await end('SIGTERM').finally(() => clearTimeout(force));
    },
  };
  return manager;
}

function collectLog(child: ChildProcess, file: string | undefined): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const copy = file === undefined ? undefined : createWriteStream(file, { flags: 'a' });
  if (!child.stderr) return lines;
  createInterface({ input: child.stderr }).on('line', (line) => {
    copy?.write(`${line}\n`);
    lines.push(parseLine(line));
    if (lines.length > 5000) lines.shift();
  });
  child.once('close', () => copy?.end());
  return lines;
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line };
  }
}

async function waitUntilReady(
  manager: ManagerProcess,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    signal?.throwIfAborted();
    const ready = await fetch(`${manager.healthUrl}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    if (manager.exited || Date.now() > deadline) {
      const last = manager.log.slice(-10).map((line) => JSON.stringify(line));
      throw new Error(
        `the manager ${manager.exited ? 'ended' : 'is not ready'}:\n${last.join('\n')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
