import { describe, expect, test } from 'vitest';
import { retryable } from '../../base/errors.ts';
import { ArchiveError, type ArchiveErrorCode } from '../../engines/archive/archive-error.ts';
import { ArtifactError, type ArtifactErrorCode } from '../../engines/artifacts/artifact-error.ts';
import { GitError } from '../../engines/git/git-error.ts';
import { attempt } from './attempt.ts';
import type { FailureCondition } from './step-failure.ts';

function running(signal = new AbortController().signal) {
  const conditions: string[][] = [];
  return { signal, conditions, condition: (...fact: string[]) => void conditions.push(fact) };
}
async function failing(error: unknown, step: FailureCondition = 'FetchFailed', run = running()) {
  const thrown = await attempt(run, step, () => Promise.reject(error)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { thrown, conditions: run.conditions };
}

test('a step that works says nothing', async () => {
  const run = running();
  expect(await attempt(run, 'FetchFailed', async () => 42)).toBe(42);
  expect(run.conditions).toEqual([]);
});

describe('a failure is told by the condition of', () => {
  test('its step, if a reconcile error', async () => {
    const error = retryable('AuthenticationFailed', 'Secret missing');
    expect(await failing(error, 'IncludeUnavailable')).toEqual({
      thrown: error,
      conditions: [['IncludeUnavailable', 'True', 'AuthenticationFailed', 'Secret missing']],
    });
  });

  test('fetching, if Git failed while the artifact was written', async () => {
    const { thrown, conditions } = await failing(
      new GitError('corrupt', 'bad object'),
      'StorageOperationFailed',
    );
    expect(thrown).toMatchObject({ class: 'retryable', reason: 'GitOperationFailed' });
    expect(conditions).toEqual([['FetchFailed', 'True', 'GitOperationFailed', 'bad object']]);
  });

  test('storage, if the volume filled up while Git fetched', async () => {
    const { conditions } = await failing(new GitError('disk-full', 'no space'));
    expect(conditions[0]?.[0]).toBe('StorageOperationFailed');
  });

  test.each<[ArtifactErrorCode, string, string]>([
    ['disk-full', 'StorageOperationFailed', 'ArchiveOperationFailed'],
    ['io', 'StorageOperationFailed', 'ArchiveOperationFailed'],
    ['unsupported-digest', 'StorageOperationFailed', 'ArchiveOperationFailed'],
    ['invalid-path', 'StorageOperationFailed', 'InvalidPath'],
    ['not-found', 'StorageOperationFailed', 'ReadOperationFailed'],
    ['damaged', 'StorageOperationFailed', 'ReadOperationFailed'],
  ])('the store: %s', async (code, condition, reason) => {
    const { thrown, conditions } = await failing(new ArtifactError(code, 'text'));
    expect(thrown).toMatchObject({ class: 'retryable', reason, message: 'text' });
    expect(conditions).toEqual([[condition, 'True', reason, 'text']]);
  });

  test.each<[ArchiveErrorCode, string, string]>([
    ['too-large', 'StorageOperationFailed', 'ArchiveOperationFailed'],
    ['unsafe-entry', 'StorageOperationFailed', 'ArchiveOperationFailed'],
    ['invalid-ignore', 'StorageOperationFailed', 'SourceIgnoreError'],
    ['missing-path', 'IncludeUnavailable', 'CopyFailure'],
  ])('packing: %s', async (code, condition, reason) => {
    const { conditions } = await failing(new ArchiveError(code, 'text'));
    expect(conditions[0]?.slice(0, 3)).toEqual([condition, 'True', reason]);
  });

  test('packing, with what to do about it', async () => {
    const { thrown } = await failing(new ArchiveError('too-large', 'more than 5 files'));
    expect(thrown).toMatchObject({ message: expect.stringContaining('spec.ignore') });
  });
});

describe('left to the runtime', () => {
  test('what is no failure of a step', async () => {
    const error = new Error('the API server is away');
    expect(await failing(error)).toEqual({ thrown: error, conditions: [] });
  });

  test('whatever fails because the run was told to stop', async () => {
    const error = new GitError('unreachable', 'socket closed');
    const run = running(AbortSignal.abort());
    expect(await failing(error, 'FetchFailed', run)).toEqual({ thrown: error, conditions: [] });
  });
});
