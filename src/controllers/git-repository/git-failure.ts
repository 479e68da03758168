import { ConditionType, Reason } from '../../api/reasons.ts';
import { ReconcileError, type FailureClass } from '../../base/errors.ts';
import type { GitError, GitErrorCode } from '../../engines/git/git-error.ts';
import type { StepFailure } from './step-failure.ts';

interface Row {
  class: Extract<FailureClass, 'retryable' | 'stalled'>;
  reason: string;
  /** Which condition says so; FetchFailed unless the volume is to blame. */
  condition?: StepFailure['condition'];
}

const tryAgain: Row = { class: 'retryable', reason: Reason.GitOperationFailed };
const badCredentials: Row = { class: 'retryable', reason: Reason.AuthenticationFailed };
const badUrl: Row = { class: 'stalled', reason: Reason.URLInvalid };
const badSpec: Row = { class: 'stalled', reason: Reason.GitOperationFailed };

/**
 * What each failure of Git means for the object. Stalled is only what a new spec alone can mend: a
 * push, a Secret, or the server's owner may mend all the rest.
 */
const table: Record<GitErrorCode, Row> = {
  'invalid-url': badUrl,
  'address-refused': badUrl,
  'invalid-reference': badSpec,
  unsupported: badSpec,
  'invalid-credentials': badCredentials,
  'authentication-failed': badCredentials,
  'host-key-mismatch': badCredentials,
  certificate: badCredentials,
  'not-found': tryAgain,
  'ref-not-found': tryAgain,
  'empty-repository': { class: 'retryable', reason: Reason.EmptyGitRepository },
  unreachable: tryAgain,
  'server-error': tryAgain,
  timeout: tryAgain,
  'too-large': tryAgain,
  corrupt: tryAgain,
  'unsafe-content': tryAgain,
  'sparse-path-missing': tryAgain,
  submodule: tryAgain,
  'disk-full': {
    class: 'retryable',
    reason: Reason.CacheOperationFailed,
    condition: ConditionType.StorageOperationFailed,
  },
  'git-missing': tryAgain,
  failed: tryAgain,
};

/** A failure of Git as the object's status tells it. */
export function fromGitError(cause: GitError): StepFailure {
  const { condition = ConditionType.FetchFailed, reason, class: failure } = table[cause.code];
  return { condition, error: new ReconcileError(failure, reason, cause.message, { cause }) };
}
