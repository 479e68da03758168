import { expect, test } from 'vitest';
import { managedQuota } from './managed-quota.ts';

const quota = {
  name: 'capsule-pool-a',
  namespace: 'oil',
  labels: {},
  owner: { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'ResourcePool', name: 'a', uid: 'u' },
  counts: { hard: { pods: '5' }, scopes: ['BestEffort'] },
};

test('one that limits nothing is as the API server stores it: it is not applied again and again', () => {
  expect(managedQuota({ ...quota, hard: new Map() })['spec']).toEqual({ scopes: ['BestEffort'] });
});
