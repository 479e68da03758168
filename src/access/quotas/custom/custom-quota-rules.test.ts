import { expect, test } from 'vitest';
import { firstRefusal } from '../../policy/rule.ts';
import { customQuotaRules } from './custom-quota-rules.ts';

const sources = [{ kind: 'Pod', op: 'count' as const }];
const spec = (limit: string | number, of = sources) => ({
  limit,
  sources: of,
  options: { emitMetricPerClaimUsage: false },
});
const refusal = (after: object, before?: object, used = '0') =>
  firstRefusal(customQuotaRules, {
    after: { spec: after as never },
    ...(before && { before: { spec: before, status: { usage: { used }, targets: [] } } as never }),
  })?.message;

test('a limit is more than nothing, and never set below what is used', () => {
  expect(refusal(spec('0'))).toBe('spec.limit must be more than 0');
  expect(refusal(spec('-1'))).toBe('spec.limit must be more than 0');
  expect(refusal(spec(3))).toBeUndefined();
  expect(refusal(spec('2'), spec('5'), '3')).toBe(
    'spec.limit cannot be 2, which is less than what is used: 3',
  );
  expect(refusal(spec('3'), spec('5'), '3')).toBeUndefined();
  expect(refusal(spec('4'), spec('3'), '9')).toBeUndefined();
});

test('sources stay while something is used', () => {
  const other = [{ kind: 'Service', op: 'count' as const }];
  expect(refusal(spec('5', other), spec('5'), '1')).toMatch(/^spec\.sources cannot be changed/);
  expect(refusal(spec('5', other), spec('5'), '0')).toBeUndefined();
});
