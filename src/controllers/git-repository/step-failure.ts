import { ConditionType } from '../../api/reasons.ts';
import type { ReconcileError } from '../../base/errors.ts';

/** The conditions that say which step of a run failed; absent while it does not. */
export const failureConditions = [
  ConditionType.FetchFailed,
  ConditionType.IncludeUnavailable,
  ConditionType.StorageOperationFailed,
] as const;
export type FailureCondition = (typeof failureConditions)[number];

/** What a failure sets beside Ready, and what it means for the object. */
export interface StepFailure {
  condition: FailureCondition;
  error: ReconcileError;
}
