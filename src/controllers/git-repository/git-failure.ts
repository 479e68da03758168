import { ConditionType, Reason } from '../../api/reasons.ts';
import { ReconcileError, type FailureClass } from '../../base/errors.ts';
import { GitError, type GitErrorCode } from '../../engines/git/git-error.ts';

interface Row {
  class: Extract<FailureClass, 'retryable' | 'stalled'>;
  reason: string;
  /** Which condition says so, if not that of the step that failed. */
  condition?: typeof ConditionType.StorageOperationFailed;
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

/** A failure of Git as the object's status tells it; anything else is returned as it is. */
export function toGitFailure(error: unknown): { condition?: Row['condition']; error: unknown } {
  if (!(error instanceof GitError)) return { error };
  const { condition, reason, class: failure } = table[error.code];
  return {
    ...(condition && { condition }),
    error: new ReconcileError(failure, reason, error.message, { cause: error }),
  };
}
