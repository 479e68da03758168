import { describe, expect, it } from 'vitest';
import type { Preparation } from '../work.ts';
import { vaultTokenFor } from './vault-token.ts';

const { signal } = new AbortController();

/** The token at a Vault, with a VAULT_TOKEN in the manager's environment. */
function tokenIn(profile: 'single-tenant' | 'multi-tenant', keys: Record<string, string> = {}) {
  const deps = { policy: { profile }, decryption: { vaultToken: 'platform' } };
  const ask = () => Promise.reject(new Error('nobody is to be asked'));
  const own = new Map(Object.entries(keys));
  // Without logins at Vaults nothing else is looked at.
  const work = { deps } as unknown as Preparation;
  return vaultTokenFor(own, work, ask)('https://vault.example.org', signal);
}

describe('VAULT_TOKEN', () => {
  it('is nothing that a tenant can have used, whatever Vault it names', async () => {
    await expect(tokenIn('multi-tenant')).rejects.toMatchObject({
      code: 'no-credentials',
      message: expect.not.stringContaining('platform') as string,
    });
  });

  it('is used where there is one tenant, who has no token of its own', async () => {
    expect(await tokenIn('single-tenant')).toBe('platform');
    expect(await tokenIn('single-tenant', { 'sops.vault-token': 'own' })).toBe('own');
  });
});
