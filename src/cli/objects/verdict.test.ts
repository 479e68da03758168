import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import { verdictOn } from './verdict.ts';

type Said = [type: string, status: string, reason: string, generation?: number];

function object(conditions: Said[], more: { asked?: string; handled?: string } = {}): KubeObject {
  const { asked, handled } = more;
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: 'app',
      generation: 2,
      ...(asked === undefined ? {} : { annotations: { 'reconcile.fluxcd.io/requestedAt': asked } }),
    },
    status: {
      observedGeneration: 2,
      ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
      conditions: conditions.map(([type, status, reason, observedGeneration = 2]) => ({
        type,
        status,
        reason,
        message: `${type} is ${status}`,
        observedGeneration,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
    },
  };
}

const ready: Said = ['Ready', 'True', 'ReconciliationSucceeded'];
const request = { token: 'b', before: 'a' };

describe('what was asked for is', () => {
  test.each<[string, KubeObject | undefined, 'waiting' | 'ready' | 'failed']>([
    ['ready', object([ready]), 'ready'],
    ['not ready for an older generation', object([['Ready', 'True', 'Succeeded', 1]]), 'waiting'],
    ['under way', object([['Ready', 'Unknown', 'Progressing']]), 'waiting'],
    [
      'not done while it still reconciles',
      object([ready, ['Reconciling', 'True', 'Progressing']]),
      'waiting',
    ],
    [
      'waiting for a dependency',
      object([
        ['Ready', 'False', 'DependencyNotReady'],
        ['Reconciling', 'True', 'Progressing'],
      ]),
      'waiting',
    ],
    [
      'failed, though it will be tried again',
      object([
        ['Ready', 'False', 'BuildFailed'],
        ['Reconciling', 'True', 'ProgressingWithRetry'],
      ]),
      'failed',
    ],
    [
      'failed for good',
      object([
        ['Ready', 'False', 'InvalidSpec'],
        ['Stalled', 'True', 'InvalidSpec'],
      ]),
      'failed',
    ],
    [
      'not failed by what was found of an older generation',
      object([
        ['Ready', 'False', 'InvalidSpec', 1],
        ['Stalled', 'True', 'InvalidSpec', 1],
      ]),
      'waiting',
    ],
    ['without a word', object([]), 'waiting'],
    ['gone', undefined, 'failed'],
  ])('%s', (_, found, state) => {
    expect(verdictOn(found).state).toBe(state);
  });

  test('failed when it is being deleted', () => {
    const found = object([ready]);
    found.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(verdictOn(found)).toEqual({ state: 'failed', message: 'it is being deleted' });
  });
});

describe('a request counts as handled', () => {
  test.each<[string, { asked?: string; handled?: string }, 'waiting' | 'ready']>([
    ['once its own token was', { asked: 'b', handled: 'b' }, 'ready'],
    ['not by what was handled before', { asked: 'b', handled: 'a' }, 'waiting'],
    ['not when nothing ever was', { asked: 'b' }, 'waiting'],
    ['not by an older request that ends now', { asked: 'b', handled: 'older' }, 'waiting'],
    ['when a newer one took its place and was', { asked: 'c', handled: 'c' }, 'ready'],
    ['not when a newer one waits', { asked: 'c', handled: 'a' }, 'waiting'],
  ])('%s', (_, more, state) => {
    expect(verdictOn(object([ready], more), request).state).toBe(state);
  });
});
