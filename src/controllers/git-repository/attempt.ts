import { ConditionType, Reason } from '../../api/reasons.ts';
import { ReconcileError, retryable } from '../../base/errors.ts';
import { ArtifactError } from '../../engines/artifacts/artifact-error.ts';
import type { Run } from '../../runtime/run.ts';
import { toGitFailure } from './git-failure.ts';

/** What a step's failure sets; each is absent while the step works. */
export const failureConditions = [
  ConditionType.FetchFailed,
  ConditionType.IncludeUnavailable,
  ConditionType.StorageOperationFailed,
] as const;
type FailureCondition = (typeof failureConditions)[number];

/**
 * Does one step. Its failure becomes a ReconcileError, and a condition beside Ready that says which
 * step it was; except that a full volume is a failure of storage, whichever step fills it.
 */
export async function attempt<T>(
  run: Pick<Run<unknown>, 'condition' | 'signal'>,
  step: FailureCondition,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (run.signal.aborted) throw error;
    const { condition, failure } = explain(error, step);
    if (failure instanceof ReconcileError) {
      run.condition(condition, 'True', failure.reason, failure.message);
    }
    throw failure;
  }
}

function explain(error: unknown, step: FailureCondition) {
  if (error instanceof ArtifactError) {
    const failure = retryable(Reason.ArchiveOperationFailed, error.message, { cause: error });
    return { condition: ConditionType.StorageOperationFailed, failure };
  }
  const { condition = step, error: failure } = toGitFailure(error);
  return { condition, failure };
}
