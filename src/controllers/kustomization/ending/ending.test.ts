import { describe, expect, it } from 'vitest';
import type { KustomizationStatus } from '../../../api/kustomize/status.ts';
import { retryable } from '../../../base/errors.ts';
import type { RunEvent } from '../../../runtime/run.ts';
import { createFakeClock } from '../../../../test/support/fake-clock.ts';
import { recordFailure, recordSuccess, type Tried } from './ending.ts';
import { createMemories } from '../memory.ts';
import type { Work } from '../work.ts';

const revision = 'main@sha1:1';

/** A run, and what it leaves. */
function runOf(requestedAt?: string) {
  const recorded: Partial<KustomizationStatus> = {};
  const events: RunEvent[] = [];
  const memory = createMemories().of({ namespace: 'team', name: 'apps' }, 'u');
  const clock = createFakeClock();
  const run = {
    clock,
    requestedAt,
    signal: new AbortController().signal,
    record: (fields: object) => Object.assign(recorded, fields),
    event: (event: RunEvent) => events.push(event),
  };
  const spec = { interval: '5m' };
  // Endings look at nothing else.
  return { recorded, events, memory, work: { run, memory, spec } as unknown as Work };
}
const tried = (changed: boolean): Tried => ({
  digest: 'sha256:a',
  revision,
  attempt: {
    key: '',
    state: 's',
    revision,
    requestedAt: undefined,
    startedAtMs: Date.UTC(2026, 0, 1) - 2000,
    changed,
  },
});
const ready: KustomizationStatus = {
  lastAppliedRevision: revision,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'ReconciliationSucceeded',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
};

describe('success', () => {
  it.each([
    ['of the first revision', undefined, false],
    ['of a new revision', { ...ready, lastAppliedRevision: 'main@sha1:0' }, false],
    ['after a failure', { lastAppliedRevision: revision }, false],
    ['that changed something', ready, true],
  ])('%s is told and recorded', (_, status, changed) => {
    const { work, events, recorded } = runOf();
    recordSuccess(tried(changed), status, work);
    expect(events).toMatchObject([
      {
        reason: 'ReconciliationSucceeded',
        message: 'Reconciliation finished in 2s, next run in 5m0s',
        metadata: { commit_status: 'update' },
      },
    ]);
    expect(recorded.history).toHaveLength(1);
    expect(recorded.lastAppliedRevision).toBe(revision);
  });

  it('without news is counted, and written with the next news', () => {
    const { work, events, recorded, memory } = runOf();
    recordSuccess(tried(false), ready, work);
    recordSuccess(tried(false), ready, work);
    expect(events).toEqual([]);
    expect(recorded.history).toBeUndefined();
    recordSuccess(tried(true), ready, work);
    expect(recorded.history?.[0]?.totalReconciliations).toBe(3);
    expect(memory.uncounted).toBe(0);
  });

  it('without news that somebody asked for goes out with the answer, and is not told', () => {
    const { work, events, recorded } = runOf('token');
    recordSuccess(tried(false), ready, work);
    expect(events).toEqual([]);
    expect(recorded.history).toHaveLength(1);
  });
});

describe('failure', () => {
  const failure = retryable('HealthCheckFailed', 'no');

  it('is recorded with its reason, and ends the attempt', () => {
    const { work, recorded, memory } = runOf();
    memory.attempt = tried(true).attempt;
    recordFailure(failure, tried(true), ready, work);
    expect(recorded.history?.[0]).toMatchObject({ lastReconciledStatus: 'HealthCheckFailed' });
    expect(memory.attempt).toBeUndefined();
  });

  it('repeated is counted, and written with the next news', () => {
    const { work, recorded, memory } = runOf();
    recordFailure(failure, tried(false), undefined, work);
    const status = { history: recorded.history ?? [] };
    delete recorded.history;
    recordFailure(failure, tried(false), status, work);
    expect(recorded.history).toBeUndefined();
    expect(memory.uncounted).toBe(1);
  });

  it('of an unknown sort is a failed reconciliation', () => {
    const { work, recorded } = runOf();
    recordFailure(new Error('bug'), tried(false), undefined, work);
    expect(recorded.history?.[0]?.lastReconciledStatus).toBe('ReconciliationFailed');
  });
});
