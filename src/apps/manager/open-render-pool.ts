import path from 'node:path';
import { showProgress } from '../../engines/native/build-progress.ts';
import { buildNative } from '../../engines/native/build-native.ts';
import { createRenderPool, type RenderPool } from '../../engines/render/render-pool.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { ManagerFlags } from './flags.ts';

const renderDeadlineMs = 60_000;

/** One pool of engines for all components of a process, opened when the first asks for it. */
export function renderPoolOpener(
  flags: ManagerFlags,
  runtime: Pick<Runtime, 'log' | 'metrics' | 'signal'>,
  stack: AsyncDisposableStack,
): () => Promise<RenderPool> {
  let opened: Promise<RenderPool> | undefined;
  return () => (opened ??= openRenderPool(flags, runtime, stack));
}

async function openRenderPool(
  flags: ManagerFlags,
  { log, metrics, signal }: Pick<Runtime, 'log' | 'metrics' | 'signal'>,
  stack: AsyncDisposableStack,
): Promise<RenderPool> {
  const binary =
    flags.enginePath ??
    (await buildNative('engine', { onProgress: showProgress(process.stderr), signal }));
  const pool = createRenderPool({
    binary: path.resolve(binary),
    size: flags.renderProcesses,
    maxMemoryBytes: flags.renderMemoryBytes,
    deadlineMs: renderDeadlineMs,
    allowRemote: !flags.policy.noRemoteBases,
    log,
    metrics: {
      jobEnded: ({ outcome, ranMs }) =>
        metrics.rendered({ result: outcome, seconds: ranMs / 1000 }),
    },
  });
  stack.defer(() => pool.close());
  return pool;
}
