import { ReconcileError } from '../../base/errors.ts';
import { ArchiveError } from '../../engines/archive/archive-error.ts';
import { ArtifactError } from '../../engines/artifacts/artifact-error.ts';
import { GitError } from '../../engines/git/git-error.ts';
import type { Run } from '../../runtime/run.ts';
import { fromGitError } from './git-failure.ts';
import { fromStorageError } from './storage-failure.ts';
import type { FailureCondition, StepFailure } from './step-failure.ts';

/**
 * Does one step. Its failure becomes a ReconcileError with a condition beside Ready: that of the
 * step, unless the engine that failed knows better (a full volume is a failure of storage,
 * whichever step fills it). What fails by itself, as the API server does, passes unchanged.
 */
export async function attempt<T>(
  run: Pick<Run<unknown>, 'condition' | 'signal'>,
  step: FailureCondition,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Shut down, overtaken, out of time: the runtime knows which, and says so.
    const failure = run.signal.aborted ? undefined : explain(error, step);
    if (!failure) throw error;
    const { reason, message } = failure.error;
    run.condition(failure.condition, 'True', reason, message);
    throw failure.error;
  }
}

function explain(error: unknown, step: FailureCondition): StepFailure | undefined {
  if (error instanceof GitError) return fromGitError(error);
  if (error instanceof ArtifactError || error instanceof ArchiveError) {
    return fromStorageError(error);
  }
  return error instanceof ReconcileError ? { condition: step, error } : undefined;
}
