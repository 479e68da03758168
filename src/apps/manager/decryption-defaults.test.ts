import { expect, it } from 'vitest';
import { accessPolicyFor } from '../../access/security-profile.ts';
import { decryptionDefaults } from './decryption-defaults.ts';
import type { ManagerFlags } from './flags.ts';

const env = { VAULT_TOKEN: 'platform' };

/** Nothing else of the flags says whose the token is. */
const flagsOf = (profile: 'single-tenant' | 'multi-tenant') =>
  ({
    policy: accessPolicyFor({ securityProfile: profile }),
    sopsAgeSecret: '',
    sopsVaultConfigMap: '',
  }) as ManagerFlags;

it('hands VAULT_TOKEN on in the single-tenant profile only', () => {
  expect(decryptionDefaults(flagsOf('multi-tenant'), env).vaultToken).toBeUndefined();
  expect(decryptionDefaults(flagsOf('single-tenant'), env).vaultToken).toBe('platform');
  expect(decryptionDefaults(flagsOf('single-tenant'), {}).vaultToken).toBeUndefined();
});
