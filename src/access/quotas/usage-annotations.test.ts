import { expect, test } from 'vitest';
import { readAmounts, writeAmounts } from '../../kube/resource-list.ts';
import { tenantLimit, tenantUse, usageAnnotations } from './usage-annotations.ts';

test('what the tenant uses and may use, by resource', () => {
  const used = readAmounts({ 'limits.cpu': '1500m', 'requests.nvidia.com/gpu': '0' });
  const hard = readAmounts({ 'limits.cpu': '8', 'requests.nvidia.com/gpu': 2 });
  expect(usageAnnotations(used, hard)).toEqual({
    'quota.capsule.clastix.io/used-limits.cpu': '1500m',
    'quota.capsule.clastix.io/used-requests.nvidia.com_gpu': '0',
    'quota.capsule.clastix.io/hard-limits.cpu': '8',
    'quota.capsule.clastix.io/hard-requests.nvidia.com_gpu': '2',
  });
});

test('a name that is too long is named by its digest', () => {
  const resource = `${'long'.repeat(9)}.example.com/things`;
  const keys = Object.keys(usageAnnotations(new Map(), readAmounts({ [resource]: 1 })));
  expect(keys).toEqual(['quota.capsule.clastix.io/hard-4bfae3245c6c2c6fd1502277d030e1d0']);
});

test('the limit and the use of the tenant are read where they were written', () => {
  const hard = readAmounts({ pods: 10, [`${'long'.repeat(9)}.example.com/things`]: 3 });
  const quota = (annotations: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', annotations },
    spec: { hard: writeAmounts(hard) },
  });
  expect(tenantLimit(quota(usageAnnotations(new Map(), hard)))).toEqual(hard);
  expect(tenantLimit(quota({}))).toEqual(new Map());
  expect(tenantUse(quota(usageAnnotations(hard, new Map())))).toEqual(hard);
});
