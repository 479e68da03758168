import { describe, expect, test } from 'vitest';
import type { Condition } from '../../src/kube/object.ts';
import { kstatusOf, violatedInvariants } from './invariants.ts';

const condition = (type: string, status: Condition['status'], rest: Partial<Condition> = {}) => ({
  type,
  status,
  reason: 'Reason',
  message: 'text',
  observedGeneration: 2,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...rest,
});
const object = (conditions: Condition[], observedGeneration = 2) => ({
  apiVersion: 'v1',
  kind: 'K',
  metadata: { name: 'x', generation: 2 },
  status: { observedGeneration, conditions },
});

describe('legal states', () => {
  test.each<[string, Condition[], number?]>([
    ['Current', [condition('Ready', 'True')]],
    ['Current', [condition('Ready', 'True'), condition('ArtifactInStorage', 'True')]],
    ['Failed', [condition('Ready', 'False'), condition('Stalled', 'True')]],
    ['InProgress', [condition('Ready', 'False'), condition('Reconciling', 'True')]],
    ['InProgress', [condition('Ready', 'Unknown'), condition('Reconciling', 'True')], 1],
  ])('%s', (kstatus, conditions, observed) => {
    expect(violatedInvariants(object(conditions, observed))).toEqual([]);
    expect(kstatusOf(object(conditions, observed))).toBe(kstatus);
  });
});

describe('illegal states', () => {
  test.each<[string, Condition[], number?]>([
    ['no Ready', []],
    ['twice', [condition('Ready', 'True'), condition('Ready', 'True')]],
    ['neither ready', [condition('Ready', 'False')]],
    [
      'stalled and reconciling',
      [condition('Ready', 'False'), condition('Stalled', 'True'), condition('Reconciling', 'True')],
    ],
    ['stalled but Ready', [condition('Ready', 'Unknown'), condition('Stalled', 'True')]],
    ['stalled for a generation', [condition('Ready', 'False'), condition('Stalled', 'True')], 1],
    ['ready for a generation', [condition('Ready', 'True')], 1],
    ['ready and reconciling', [condition('Ready', 'True'), condition('Reconciling', 'True')]],
    ['although FetchFailed', [condition('Ready', 'True'), condition('FetchFailed', 'True')]],
    ['although it is False', [condition('Ready', 'True'), condition('FetchFailed', 'False')]],
    ['does not exist', [condition('Ready', 'True', { observedGeneration: 3 })]],
    ["reason 'not one word'", [condition('Ready', 'True', { reason: 'not one word' })]],
    ['message of 0', [condition('Ready', 'True', { message: '' })]],
    ['line break', [condition('Ready', 'True', { message: 'x\n' })]],
    ['transition time', [condition('Ready', 'True', { lastTransitionTime: 'soon' })]],
  ])('%s', (says, conditions, observed) => {
    expect(violatedInvariants(object(conditions, observed)).join('; ')).toContain(says);
  });
});

test('a suspended object keeps the status of an older generation', () => {
  const before = object([condition('Ready', 'True')], 1);
  expect(violatedInvariants(before)).not.toEqual([]);
  expect(violatedInvariants({ ...before, spec: { suspend: true } })).toEqual([]);
});
