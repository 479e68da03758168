import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable, Writable } from 'node:stream';

export interface SubprocessOptions {
  file: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string>>;
  /** Kills the whole process group. */
  signal?: AbortSignal | undefined;
  /** Makes descriptor 3 a two-way pipe. */
  channel?: boolean;
}

/** A child in a process group of its own, so that killing it kills what it started. */
export interface Subprocess {
  stdin: Writable;
  stdout: Readable;
  /** Descriptor 3, when asked for. */
  channel: Duplex | undefined;
  /** Resolves when the process has ended and its pipes are drained; rejects if it cannot start. */
  exit: Promise<SubprocessExit>;
  kill(): void;
}

export interface SubprocessExit {
  code: number | undefined;
  /** The end of standard error, at most 64 KiB. */
  stderr: string;
}

const maxStderrBytes = 64 * 1024;

/** Starts a program with a fixed argument vector; never a shell. */
export function startSubprocess(options: SubprocessOptions): Subprocess {
  options.signal?.throwIfAborted();
  const child = spawn(options.file, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...(options.channel ? (['pipe'] as const) : [])],
  });
  const kill = () => killGroup(child);
  options.signal?.addEventListener('abort', kill, { once: true });
  const exit = watchExit(child).finally(() => options.signal?.removeEventListener('abort', kill));
  // Whoever does not look at the exit still must not bring the process down.
  exit.catch(() => {});
  // A child that ends early closes its end; its exit code says more than EPIPE.
  child.stdin.on('error', () => {});
  const channel = (child.stdio[3] ?? undefined) as Duplex | undefined;
  channel?.on('error', () => {});
  return { stdin: child.stdin, stdout: child.stdout, channel, exit, kill };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

function watchExit(child: ChildProcess): Promise<SubprocessExit> {
  return new Promise((resolve, reject) => {
    let stderr: Buffer = Buffer.alloc(0);
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]).subarray(-maxStderrBytes);
    });
    child.on('error', reject);
    // A grandchild that outlives the group leader would hold the pipes open.
    child.on('exit', () => killGroup(child));
    child.on('close', (code) => resolve({ code: code ?? undefined, stderr: stderr.toString() }));
  });
}

/** Everything a stream says; past `maxBytes`, `onExcess` is called and undefined returned. */
export async function readAll(
  stream: Readable,
  maxBytes: number,
  onExcess: () => void,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > maxBytes) {
      onExcess();
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
