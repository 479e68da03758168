import { describe, expect, test } from 'vitest';
import { firstRefusal } from '../policy/rule.ts';
import { claimRules, poolRules, type ClaimRequest } from './pool-rules.ts';

const bound = { conditions: [{ type: 'Bound', status: 'True' as const }] };
const unused = { conditions: [{ type: 'Bound', status: 'False' as const }] };
const condition = { reason: 'r', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
const claim = (cpu: string | number, status: { conditions: object[] } = unused) => ({
  spec: { claim: { cpu }, pool: 'pool' },
  status: { conditions: status.conditions.map((each) => ({ ...condition, ...each })) },
});
const refusal = (request: object) => firstRefusal(claimRules, request as ClaimRequest)?.rule;

describe('claims', () => {
  test.each<[string, object, string | undefined]>([
    ['a new one', { operation: 'CREATE', after: claim(1) }, undefined],
    ['on nothing', { operation: 'CREATE', after: claim(0) }, undefined],
    ['on less than nothing', { operation: 'CREATE', after: claim('-1m') }, 'claim-is-not-negative'],
    ['resized while unused', { operation: 'UPDATE', before: claim(1), after: claim(2) }, undefined],
    [
      'resized to less than nothing',
      { operation: 'UPDATE', before: claim(1), after: claim('-2') },
      'claim-is-not-negative',
    ],
    [
      'resized while used',
      { operation: 'UPDATE', before: claim(1, bound), after: claim(2) },
      'bound-claim-is-frozen',
    ],
    [
      'other changes while used',
      { operation: 'UPDATE', before: claim(1, bound), after: claim(1) },
      undefined,
    ],
    ['deleted while unused', { operation: 'DELETE', before: claim(1) }, undefined],
    ['deleted while used', { operation: 'DELETE', before: claim(1, bound) }, 'bound-claim-is-kept'],
  ])('%s: %j', (_, request, rule) => {
    expect(refusal(request)).toBe(rule);
  });
});

describe('pools', () => {
  const config = { defaultsZero: false, deleteBoundResources: false, orderedQueue: false };
  const pool = (hard: Record<string, string | number>) => ({ spec: { config, quota: { hard } } });
  const counts = { claimCount: 0, namespaceCount: 0 };
  const used = (list: Record<string, string>) => ({
    status: { ...counts, allocation: { used: list } },
  });
  test.each([
    [{ cpu: 4 }, { cpu: 2 }, { cpu: '1' }, undefined],
    [{ cpu: 4 }, { cpu: '1000m' }, { cpu: '1' }, undefined],
    [{ cpu: 4 }, { cpu: '999m' }, { cpu: '1' }, 'pool-covers-its-claims'],
    [{ cpu: 4, gpu: 1 }, { gpu: 1 }, { cpu: '1' }, 'pool-covers-its-claims'],
    [{ cpu: 4, gpu: 1 }, { gpu: 1 }, { cpu: '0' }, undefined],
    [{ cpu: 1 }, { cpu: '1000m' }, { cpu: '2' }, undefined],
  ])('%j to %j with %j claimed: %s', (before, after, claimed, rule) => {
    const update = { before: { ...pool(before), ...used(claimed) }, after: pool(after) };
    expect(firstRefusal(poolRules, update)?.rule).toBe(rule);
  });
});
