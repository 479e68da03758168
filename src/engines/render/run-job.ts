import type { Clock } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { demoteLongJob } from './demote-long-job.ts';
import type { EngineProcess, EngineRequest, EngineResponse } from './engine-process.ts';
import { RenderError } from './render-error.ts';

/** What ends a job before it is done. */
export interface JobLimits {
  deadlineMs: number;
  signal: AbortSignal | undefined;
  clock: Clock;
  /** Told of a job that does not seem to end; what it returns is called at the end. */
  onEndless: (engine: EngineProcess) => () => void;
}

/**
 * Runs `work` with `engine` until it is done, the deadline passes, or the signal aborts. The engine
 * is killed if it is then in the middle of a request, and left to the next job if it is not. A job that
 * goes on gives way to others ({@link demoteLongJob}).
 * Throws what `work` throws, `deadline-exceeded`, or the signal's reason.
 */
export async function runJob<Result>(
  engine: EngineProcess,
  { deadlineMs, signal, clock, onEndless }: JobLimits,
  work: (engine: Pick<EngineProcess, 'request'>) => Promise<Result>,
): Promise<Result> {
  const ended = Promise.withResolvers<never>();
  let over: Error | undefined;
  let requests = 0;

  function end(reason: Error): void {
    over ??= reason;
    if (requests > 0) engine.kill(reason);
    ended.reject(reason);
  }

  async function request(asked: EngineRequest): Promise<EngineResponse> {
    // Work that goes on after its job ended must not reach into the next one.
    if (over) throw over;
    requests += 1;
    return engine.request(asked).finally(() => (requests -= 1));
  }

  const abort = () => end(signal?.reason as Error);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', abort, { once: true });
  const stopDemoting = demoteLongJob(engine, clock, () => onEndless(engine));
  const cancelDeadline = clock.after(deadlineMs, () => end(tooLate(deadlineMs)));
  try {
    return await Promise.race([work({ request }), ended.promise]);
  } finally {
    cancelDeadline();
    stopDemoting();
    signal?.removeEventListener('abort', abort);
    end(new RenderError('engine-unavailable', 'The job of this request is over'));
  }
}

function tooLate(deadlineMs: number): RenderError {
  return new RenderError(
    'deadline-exceeded',
    `Rendering took longer than ${formatDuration(deadlineMs)} and was stopped; split the path into smaller Kustomizations`,
  );
}
