import { expect, test } from 'vitest';
import { firstRefusal } from '../policy/rule.ts';
import { globalQuotaRules } from './global-quota-rules.ts';

const quota = (hard: Record<string, string | number>, used: Record<string, string> = {}) => ({
  spec: { quota: { hard } },
  status: { namespaceCount: 1, total: { used } },
});
const refusal = (before: ReturnType<typeof quota>, after: ReturnType<typeof quota>) =>
  firstRefusal(globalQuotaRules, { before, after })?.message;

test.each([
  [{ pods: 5 }, { pods: '5' }, { pods: 7 }],
  [{ pods: 5 }, { pods: '3' }, { pods: 3 }],
  [{ pods: 5, services: 1 }, { pods: '3', services: '0' }, { pods: 4 }],
  [{ pods: 1 }, { pods: '3' }, { pods: '1' }],
])('%j with %j used may become %j', (before, used, after) => {
  expect(refusal(quota(before, used), quota(after))).toBeUndefined();
});

test('less than is used is refused, and what of', () => {
  const before = quota({ services: 5, pods: 2 }, { services: '5', pods: '1' });
  expect(refusal(before, quota({ services: 3 }))).toBe(
    'spec.quota.hard cannot be less than what is used: ' +
      'hard["pods"] cannot be removed while 1 is allocated; ' +
      'hard["services"] cannot be reduced to 3 while 5 is allocated',
  );
});
