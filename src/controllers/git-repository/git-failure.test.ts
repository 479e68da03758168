import { expect, test } from 'vitest';
import { Reason } from '../../api/reasons.ts';
import { GitError, type GitErrorCode } from '../../engines/git/git-error.ts';
import { fromGitError } from './git-failure.ts';

test.each<[GitErrorCode, string, string]>([
  ['invalid-url', 'stalled', 'URLInvalid'],
  ['address-refused', 'stalled', 'URLInvalid'],
  ['invalid-reference', 'stalled', 'GitOperationFailed'],
  ['unsupported', 'stalled', 'GitOperationFailed'],
  ['invalid-credentials', 'retryable', 'AuthenticationFailed'],
  ['authentication-failed', 'retryable', 'AuthenticationFailed'],
  ['host-key-mismatch', 'retryable', 'AuthenticationFailed'],
  ['certificate', 'retryable', 'AuthenticationFailed'],
  ['not-found', 'retryable', 'GitOperationFailed'],
  ['ref-not-found', 'retryable', 'GitOperationFailed'],
  ['empty-repository', 'retryable', 'EmptyGitRepository'],
  ['unreachable', 'retryable', 'GitOperationFailed'],
  ['server-error', 'retryable', 'GitOperationFailed'],
  ['timeout', 'retryable', 'GitOperationFailed'],
  ['too-large', 'retryable', 'GitOperationFailed'],
  ['corrupt', 'retryable', 'GitOperationFailed'],
  ['unsafe-content', 'retryable', 'GitOperationFailed'],
  ['sparse-path-missing', 'retryable', 'GitOperationFailed'],
  ['submodule', 'retryable', 'GitOperationFailed'],
  ['git-missing', 'retryable', 'GitOperationFailed'],
  ['failed', 'retryable', 'GitOperationFailed'],
])('%s: %s, %s', (code, failure, reason) => {
  const cause = new GitError(code, 'what to change');
  const { condition, error } = fromGitError(cause);
  expect(condition).toBe('FetchFailed');
  expect(error).toMatchObject({ class: failure, reason, message: 'what to change', cause });
  expect(Object.values(Reason)).toContain(reason);
});

test('a full volume is told as what it is', () => {
  expect(fromGitError(new GitError('disk-full', 'no space'))).toMatchObject({
    condition: 'StorageOperationFailed',
    error: { class: 'retryable', reason: 'CacheOperationFailed' },
  });
});
