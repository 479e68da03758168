import { formatDuration } from '../../base/duration.ts';
import { GitError } from './git-error.ts';

/**
 * Runs `work` under the caller's signal and a timeout. Throws `timeout` when it was the timeout
 * that ended it, the signal's reason when it was the caller.
 */
export async function withDeadline<T>(
  { timeoutMs, signal, what }: { timeoutMs: number; signal: AbortSignal | undefined; what: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await work(signal ? AbortSignal.any([signal, timeout]) : timeout);
  } catch (cause) {
    signal?.throwIfAborted();
    if (!timeout.aborted) throw diskFull(cause) ?? cause;
    const limit = formatDuration(timeoutMs);
    throw new GitError('timeout', `${what} took longer than ${limit}`, { cause });
  }
}

/** Our own files need room too: those of one operation, and new mirrors. */
function diskFull(cause: unknown): GitError | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  return isFull
    ? new GitError('disk-full', 'there is no space left for Git', { cause })
    : undefined;
}
