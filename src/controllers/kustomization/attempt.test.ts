import { describe, expect, it } from 'vitest';
import type { KustomizationStatus } from '../../api/kustomize/status.ts';
import { continueAttempt, wasApplied, type AttemptOf } from './attempt.ts';
import { createMemories } from './memory.ts';

const of: AttemptOf = { generation: 2, revision: 'main@sha1:1', requestedAt: undefined };
const now = Date.UTC(2026, 0, 1, 12);
const memory = () => createMemories().of({ namespace: 'team', name: 'apps' }, 'u');

const waiting = (part: object = {}, lastAttemptedRevision = of.revision): KustomizationStatus => ({
  lastAttemptedRevision,
  conditions: [
    {
      type: 'Healthy',
      status: 'Unknown',
      reason: 'Progressing',
      message: 'Running health checks',
      observedGeneration: 2,
      lastTransitionTime: '2026-01-01T11:00:00Z',
      ...part,
    },
  ],
});

describe('an attempt', () => {
  it('begins now', () => {
    const attempt = continueAttempt(memory(), of, undefined, now);
    expect(attempt).toMatchObject({ startedAtMs: now, changed: false });
  });

  it('goes on in later runs, also in those that no longer see the request it answers', () => {
    const mine = memory();
    const asked = { ...of, requestedAt: 'token' };
    mine.attempt = continueAttempt(mine, asked, undefined, now);
    expect(continueAttempt(mine, of, undefined, now + 5)).toBe(mine.attempt);
  });

  it.each([
    ['another revision', { ...of, revision: 'main@sha1:2' }],
    ['another generation', { ...of, generation: 3 }],
    ['another request', { ...of, requestedAt: 'token' }],
  ])('ends with %s', (_, next) => {
    const mine = memory();
    mine.attempt = continueAttempt(mine, of, undefined, now);
    expect(continueAttempt(mine, next, waiting(), now + 5)).toMatchObject({ startedAtMs: now + 5 });
  });

  it('of a process before this one goes on where the status says', () => {
    const attempt = continueAttempt(memory(), of, waiting(), now);
    expect(attempt).toMatchObject({ startedAtMs: now - 3_600_000, changed: true });
  });

  it.each([
    ['was over', waiting({ status: 'True', reason: 'Succeeded' })],
    ['had failed', waiting({ status: 'False', reason: 'HealthCheckFailed' })],
    ['was about another spec', waiting({ observedGeneration: 1 })],
    ['was about another revision', waiting({}, 'main@sha1:0')],
    ['has no legible time', waiting({ lastTransitionTime: 'yesterday' })],
  ])('of a process before this one that %s does not', (_, status) => {
    expect(continueAttempt(memory(), of, status, now)).toMatchObject({ startedAtMs: now });
  });
});

it('a namesake that was made anew inherits nothing', () => {
  const memories = createMemories();
  const key = { namespace: 'team', name: 'apps' };
  memories.of(key, 'old').uncounted = 7;
  expect(memories.of(key, 'new').uncounted).toBe(0);
  expect(memories.of(key, 'old').uncounted).toBe(0);
});

describe('a build was applied before', () => {
  const entry = (digest: string, lastReconciledStatus = 'ReconciliationSucceeded') => ({
    digest,
    firstReconciled: '2026-01-01T00:00:00Z',
    lastReconciled: '2026-01-01T00:00:00Z',
    lastReconciledDuration: '1s',
    lastReconciledStatus,
    totalReconciliations: 1,
  });
  it.each([
    [true, 'as the last one', [entry('d'), entry('c')]],
    [false, 'with another since', [entry('c'), entry('d')]],
    [false, 'without success', [entry('d', 'HealthCheckFailed')]],
    [false, 'never', []],
  ])('%s: %s', (expected, _, history) => {
    expect(wasApplied({ digest: 'd' }, { history })).toBe(expected);
    expect(wasApplied({ digest: 'd' }, undefined)).toBe(false);
  });
});
