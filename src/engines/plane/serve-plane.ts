/**
 * The detached process behind `tenantry plane up`: owns the plane until SIGTERM, or until a
 * component ends by itself. Its one argument is a {@link ServeRequest} as JSON.
 */
import { messageOf } from '../../base/errors.ts';
import { createLog } from '../../base/log.ts';
import { PlaneError } from './plane-error.ts';
import { startPlane } from './start-plane.ts';

/** What the detached process is asked to run. */
export interface ServeRequest {
  dir: string;
  audit: boolean;
  scheduler: boolean;
  durable: boolean;
}

/** What it answers, once; `failed` says why there is no plane. */
export interface ServeMessage {
  failed?: string;
  code?: PlaneError['code'];
}

async function serve(): Promise<void> {
  const request = JSON.parse(process.argv[2] ?? '{}') as ServeRequest;
  const log = createLog();
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort());
  }
  const plane = await startPlane({ ...request, log, signal: stop.signal });
  answer({});
  stop.signal.addEventListener('abort', () => void plane.stop());
  const failure = await plane.ended;
  if (failure) {
    log.error('control plane ended', failure);
    process.exitCode = 1;
  }
}

function answer(message: ServeMessage): void {
  if (process.connected) process.send?.(message);
}

try {
  await serve();
} catch (error) {
  answer({
    failed: messageOf(error),
    ...(error instanceof PlaneError && { code: error.code }),
  });
  process.exitCode = 1;
} finally {
  if (process.connected) process.disconnect();
}
