import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(import.meta.dirname, '../..');

export interface TenantryProcessOptions {
  /** What it is called when it fails: `the manager`. */
  name: string;
  /** Words and flags after `tenantry`. */
  args: readonly string[];
  /** Where its probes are. */
  healthUrl: string;
  /** A program that becomes it, such as one that sets limits first, and its arguments. */
  launcher?: readonly string[] | undefined;
  /** Variables that its manifest sets. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Where its log lines are kept. */
  logFile?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Folder of another version's sources, with its packages. */
  checkout?: string | undefined;
}

/** A `tenantry` that serves, as users start it, in a process of its own that can be killed. */
export interface TenantryProcess {
  readonly pid: number;
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

/** Starts it and does not wait for it. */
export function spawnTenantry(options: TenantryProcessOptions): TenantryProcess {
  const { checkout = root } = options;
  const [file = '', ...args] = [
    ...(options.launcher ?? []),
    path.join(checkout, 'node_modules/.bin/node'),
    path.join(checkout, 'src/apps/tenantry.ts'),
    ...options.args,
  ];
  const child = spawn(file, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TMPDIR: process.env['TMPDIR'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...options.env,
    },
  });
  const log = collectLog(child, options.logFile);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    if (!isOver()) child.kill(signal);
    await closed;
  };
  const running: TenantryProcess = {
    pid: child.pid ?? 0,
    log,
    get exited() {
      return isOver();
    },
    get exitCode() {
      return child.exitCode;
    },
    ready: () => waitUntilReady(running, options),
    kill: () => end('SIGKILL'),
    async stop() {
      const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await end('SIGTERM').finally(() => clearTimeout(force));
    },
  };
  return running;
}

/** Waits until it is ready; what never is, is killed. */
export async function untilReady<T extends TenantryProcess>(running: T): Promise<T> {
  await running.ready().catch(async (error: unknown) => {
    await running.kill();
    throw error;
  });
  return running;
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
  running: TenantryProcess,
  { name, healthUrl, signal }: TenantryProcessOptions,
): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    signal?.throwIfAborted();
    const ready = await fetch(`${healthUrl}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    if (running.exited || Date.now() > deadline) {
      const last = running.log.slice(-10).map((line) => JSON.stringify(line));
      throw new Error(`${name} ${running.exited ? 'ended' : 'is not ready'}:\n${last.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
