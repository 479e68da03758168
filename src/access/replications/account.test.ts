import { describe, expect, it } from 'vitest';
import { globalTenantResourceAccount, tenantResourceAccount } from './account.ts';

describe('a TenantResource acts as', () => {
  it.each([
    ['the account it names', 'a', { tenantDefaultServiceAccount: 'b' }, 'a'],
    ['the default', undefined, { tenantDefaultServiceAccount: 'b' }, 'b'],
  ])('%s, of its own namespace', (_, named, impersonation, name) => {
    expect(tenantResourceAccount({ namespace: 'oil', named }, impersonation)).toEqual({
      as: 'account',
      account: { name, namespace: 'oil' },
    });
  });

  it.each([undefined, {}, { globalDefaultServiceAccount: 'root' }])(
    'nobody otherwise, and never the control plane: %j',
    (impersonation) => {
      for (const named of [undefined, '']) {
        expect(tenantResourceAccount({ namespace: 'oil', named }, impersonation)).toEqual({
          as: 'nobody',
          why: expect.stringContaining('set spec.serviceAccount') as string,
        });
      }
    },
  );
});

describe('a GlobalTenantResource acts as', () => {
  const both = {
    globalDefaultServiceAccount: 'g',
    globalDefaultServiceAccountNamespace: 'platform',
  };

  it('the account it names', () => {
    const account = { name: 'a', namespace: 'x' };
    expect(globalTenantResourceAccount(account, both)).toEqual({ as: 'account', account });
  });

  it('the default', () => {
    const account = { name: 'g', namespace: 'platform' };
    expect(globalTenantResourceAccount(undefined, both)).toEqual({ as: 'account', account });
  });

  it('the control plane when nothing is said', () => {
    expect(globalTenantResourceAccount(undefined)).toEqual({ as: 'controller' });
    expect(globalTenantResourceAccount(undefined, { tenantDefaultServiceAccount: 'b' })).toEqual({
      as: 'controller',
    });
  });

  it.each(['globalDefaultServiceAccount', 'globalDefaultServiceAccountNamespace'])(
    'nobody when only %s is set',
    (field) => {
      expect(globalTenantResourceAccount(undefined, { [field]: 'x' })).toMatchObject({
        as: 'nobody',
      });
    },
  );
});
