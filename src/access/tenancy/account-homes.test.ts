import { expect, test } from 'vitest';
import { accountHomes } from './account-homes.ts';

const account = (namespace: string) => ({ name: `system:serviceaccount:${namespace}:gitops` });

test('is each namespace whose accounts own a tenant, whether one by one or as a group', () => {
  const homes = accountHomes([
    { tenant: 'oil', owners: [{ name: 'alice' }, account('oil-system'), account('ci')] },
    { tenant: 'gas', owners: [{ name: 'system:serviceaccounts:gas-system' }, account('ci')] },
    { owners: [account('platform'), { name: 'system:serviceaccount:odd' }] },
    { tenant: 'coal', owners: [account('platform')] },
  ]);
  expect([...homes]).toEqual([
    ['ci', ''],
    ['gas-system', 'gas'],
    ['oil-system', 'oil'],
    ['platform', ''],
  ]);
});
