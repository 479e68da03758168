import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { killGroup } from '../native/process-group.ts';
import type { ComponentName, Program } from './plane-programs.ts';

export interface ComponentStart {
  name: ComponentName;
  program: Program;
  args: readonly string[];
  /** Takes its output, appended. */
  logFile: string;
  /** Whether the program itself ends with its standard input; an official binary does not. */
  leashed: boolean;
}

/** A running part of the plane. */
export interface Component {
  name: ComponentName;
  pid: number;
  /** How it ended: an exit code, a signal's name, or why it could not start. */
  ended: Promise<string>;
  /** Asks it to end, insists after ten seconds; resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it without ceremony, for data nobody wants. */
  kill(): void;
  /** The last lines it logged. */
  lastLines(): Promise<string>;
}

/** How long a component may take to put its affairs in order. */
const graceMs = 10_000;

const keeper = path.join(import.meta.dirname, 'keeper.ts');

/**
 * Starts a component that cannot outlive this process: it holds the other end of a pipe the kernel
 * closes with us. In a session of its own, so that Ctrl-C on a terminal reaches only its owner,
 * who stops things in order.
 */
export async function startComponent(start: ComponentStart): Promise<Component> {
  const { name, program, args, logFile, leashed } = start;
  const command = [program.file, ...program.prefix, ...args];
  const [file = '', ...rest] = leashed ? command : [process.execPath, keeper, ...command];
  const log = await open(logFile, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(file, rest, {
      cwd: path.dirname(logFile),
      env: {
        PATH: process.env['PATH'],
        TMPDIR: process.env['TMPDIR'],
        GOGC: process.env['GOGC'],
        TENANTRY_LEASH: 'stdin',
      },
      stdio: ['pipe', log.fd, log.fd],
      detached: true,
    });
  } finally {
    await log.close();
  }
  child.stdin?.on('error', () => {});
  const ended = endOf(child);
  const kill = leashed ? () => killGroup(child.pid) : () => dropLeash(child, ended);
  return {
    name,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      const insist = setTimeout(kill, graceMs);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(insist);
    },
    kill,
    lastLines: async () =>
      (await readFile(logFile, 'utf8')).slice(-4000).split('\n').slice(-8).join('\n').trim(),
  };
}

/**
 * Has the keeper end what it keeps, and itself after that: were both killed at once, what was kept could
 * hold its port for a moment longer than there is a process to wait for.
 */
function dropLeash(keeping: ChildProcess, ended: Promise<string>): void {
  keeping.stdin?.destroy();
  const insist = setTimeout(() => killGroup(keeping.pid), graceMs).unref();
  void ended.then(() => clearTimeout(insist));
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return signal ?? `exit code ${code}`;
  } catch (error) {
    return String(error);
  }
}
