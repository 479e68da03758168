import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Log } from '../../base/log.ts';
import { createFrameChannel, type FrameChannel } from './frame-channel.ts';
import { protocolVersion } from './frame.ts';
import { cpuMsOf, lowerPriority, lowerSessionPriority, niceness } from './process-priority.ts';
import { RenderError, type RenderErrorCode } from './render-error.ts';

/** One call of the engine; `params` is JSON. */
export interface EngineRequest {
  op: string;
  params: Record<string, unknown>;
  attachments?: readonly Uint8Array[];
}

/** What the engine answered; integers beyond 2^53 in `result` are BigInt. */
export interface EngineResponse {
  result: unknown;
  attachments: Uint8Array[];
}

/** How a process is started, and what it may use. */
export interface EngineOptions {
  binary: string;
  maxMemoryBytes: number;
  /** Of one response. */
  maxResponseBytes: number;
  /** The network, and git for remote bases; off, the process has neither. */
  allowRemote: boolean;
  log: Log;
}

/** A running engine. */
export interface EngineProcess {
  readonly pid: number;
  /** One at a time. Throws {@link RenderError}, or what {@link kill} was given. */
  request(request: EngineRequest): Promise<EngineResponse>;
  /** SIGKILL. A pending request, and every later one, fails with `reason`. */
  kill(reason: Error): void;
  /** Closes its input and waits for its end. */
  stop(): Promise<void>;
  /** CPU time so far, in milliseconds; 0 where the system does not tell. */
  cpuMs(): number;
  /** From now on it gives way to others by so much; nothing makes it what it was. */
  demote(nice: number): void;
  readonly isDemoted: boolean;
  /** Stands still until {@link resume}. */
  pause(): void;
  resume(): void;
  readonly alive: boolean;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

const startTimeoutMs = 20_000;
/** Of standard error per request: enough for the reason of a crash, without its stack traces. */
const keptErrorOutput = 4096;
/** What a response may have beside its attachments. */
const headerRoomBytes = 32 << 20;
/** Exit code of native/engine at its memory ceiling. */
const memoryExitCode = 86;

/** Starts an engine and waits for its hello. Throws `engine-unavailable`. */
export async function startEngine(options: EngineOptions): Promise<EngineProcess> {
  const engine = new ChildEngine(options);
  const tooLate = setTimeout(
    () => engine.kill(unavailable('did not start in time')),
    startTimeoutMs,
  );
  try {
    await engine.greet();
    lowerPriority(engine.pid, niceness.build);
    return engine;
  } catch (error) {
    engine.kill(unavailable('was not accepted'));
    if (error instanceof RenderError && error.code === 'engine-unavailable') throw error;
    throw unavailable('did not start', error);
  } finally {
    clearTimeout(tooLate);
  }
}

function argumentsOf({ maxMemoryBytes, maxResponseBytes, allowRemote }: EngineOptions): string[] {
  const artifactBytes = Math.floor(maxMemoryBytes / 4);
  return [
    `--max-memory=${maxMemoryBytes}`,
    `--max-artifact=${artifactBytes}`,
    `--artifact-cache=${artifactBytes}`,
    `--max-response=${maxResponseBytes}`,
    ...(allowRemote ? ['--allow-remote'] : []),
  ];
}

/** What git needs to fetch over http and ssh, and nothing of the operator's own configuration. */
function remoteEnvironment(): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'http:https:ssh',
  };
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

class ChildEngine implements EngineProcess {
  readonly ended: Promise<void>;
  readonly #child: Child;
  readonly #channel: FrameChannel;
  #lastId = 0;
  #alive = true;
  #isDemoted = false;
  #killedFor: Error | undefined;
  #errorOutput = '';

  constructor(options: EngineOptions) {
    this.#child = spawn(options.binary, argumentsOf(options), {
      cwd: '/',
      env: options.allowRemote ? remoteEnvironment() : {},
      stdio: ['pipe', 'pipe', 'pipe'],
      // A session of its own, whose weight can be lowered without that of the control plane.
      detached: true,
    });
    this.#channel = createFrameChannel({
      input: this.#child.stdout,
      output: this.#child.stdin,
      maxBytes: options.maxResponseBytes + headerRoomBytes,
      onViolation: (error) => this.kill(crashed('broke the protocol', error)),
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errorOutput = (this.#errorOutput + chunk.toString()).slice(0, keptErrorOutput);
    });
    this.ended = this.#watch(options.log);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get isDemoted(): boolean {
    return this.#isDemoted;
  }

  cpuMs(): number {
    return cpuMsOf(this.pid) ?? 0;
  }

  demote(nice: number): void {
    this.#isDemoted = true;
    lowerPriority(this.pid, nice);
    lowerSessionPriority(this.pid, nice);
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async greet(): Promise<void> {
    const { header } = await this.#channel.receive();
    if (header['hello'] !== 'tenantry-engine' || header['protocol'] !== protocolVersion) {
      throw unavailable('speaks another protocol');
    }
  }

  async request({ op, params, attachments }: EngineRequest): Promise<EngineResponse> {
    const id = ++this.#lastId;
    this.#errorOutput = '';
    const { header, attachments: replies } = await this.#channel.exchange(
      { id, op, params },
      attachments,
    );
    if (header['id'] !== id) {
      this.kill(crashed('answered another request'));
    } else if (header['error'] !== undefined) {
      const { code, message } = header['error'] as { code: RenderErrorCode; message: string };
      throw new RenderError(code, message);
    }
    if (this.#killedFor) throw this.#killedFor;
    return { result: header['result'], attachments: replies };
  }

  kill(reason: Error): void {
    this.#killedFor ??= reason;
    this.#alive = false;
    this.#channel.close(this.#killedFor);
    this.#child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#killedFor ??= unavailable('was stopped');
    this.#alive = false;
    this.#channel.close(this.#killedFor);
    this.#child.stdin.end();
    this.resume();
    await this.ended;
  }

  #watch(log: Log): Promise<void> {
    return new Promise((resolve) => {
      const end = (reason: Error) => {
        this.#alive = false;
        this.#channel.close(reason);
        resolve();
      };
      this.#child.on('error', (error) => end(unavailable('could not be started', error)));
      this.#child.on('close', (code, signal) => {
        const reason = this.#killedFor ?? reasonOf(code, this.#errorOutput);
        if (reason instanceof RenderError && reason.code === 'engine-crashed') {
          log.error('render engine ended', reason, { code, signal, output: this.#errorOutput });
        }
        end(reason);
      });
    });
  }
}

function reasonOf(code: number | null, errorOutput: string): RenderError {
  // The runtime's own words when the kernel refuses it memory before the ceiling's watchdog acts.
  if (code === memoryExitCode || /out of memory|cannot allocate memory/.test(errorOutput)) {
    return new RenderError(
      'memory-exceeded',
      'Rendering needed more memory than allowed and was stopped; split the path into smaller Kustomizations',
    );
  }
  return crashed('ended unexpectedly');
}

function crashed(what: string, cause?: unknown): RenderError {
  return new RenderError(
    'engine-crashed',
    `The render engine ${what}; the render will be retried`,
    {
      cause,
    },
  );
}

function unavailable(what: string, cause?: unknown): RenderError {
  return new RenderError('engine-unavailable', `The render engine ${what}`, { cause });
}
