import { ConditionType, Reason } from '../../api/reasons.ts';
import { retryable } from '../../base/errors.ts';
import { ArchiveError, type ArchiveErrorCode } from '../../engines/archive/archive-error.ts';
import type { ArtifactError, ArtifactErrorCode } from '../../engines/artifacts/artifact-error.ts';
import type { FailureCondition, StepFailure } from './step-failure.ts';

type Row = readonly [FailureCondition, Reason];

const { StorageOperationFailed, IncludeUnavailable } = ConditionType;

/** All retryable: a push, or room on the volume, may mend any of these. */
const table: Record<ArtifactErrorCode | ArchiveErrorCode, Row> = {
  'disk-full': [StorageOperationFailed, Reason.ArchiveOperationFailed],
  'invalid-path': [StorageOperationFailed, Reason.InvalidPath],
  'not-found': [StorageOperationFailed, Reason.ReadOperationFailed],
  damaged: [StorageOperationFailed, Reason.ReadOperationFailed],
  'unsupported-digest': [StorageOperationFailed, Reason.ArchiveOperationFailed],
  io: [StorageOperationFailed, Reason.ArchiveOperationFailed],
  'too-large': [StorageOperationFailed, Reason.ArchiveOperationFailed],
  'invalid-ignore': [StorageOperationFailed, Reason.SourceIgnoreError],
  'unsafe-entry': [StorageOperationFailed, Reason.ArchiveOperationFailed],
  'missing-path': [IncludeUnavailable, Reason.CopyFailure],
};

/** A failure to pack or to store, as the object's status tells it. */
export function fromStorageError(cause: ArtifactError | ArchiveError): StepFailure {
  const [condition, reason] = table[cause.code];
  const hint =
    cause instanceof ArchiveError && cause.code === 'too-large'
      ? ': leave files out with spec.ignore'
      : '';
  return { condition, error: retryable(reason, `${cause.message}${hint}`, { cause }) };
}
