import { textIn, type AskService } from './ask-service.ts';
import { fieldOf, KeyServiceError, type UnwrapKey } from './key-service.ts';

/** Who we are to a Vault. Throws {@link KeyServiceError} when we are nobody. */
export type VaultToken = (address: string, signal: AbortSignal) => Promise<string>;

/**
 * Unwraps data keys with the transit engine of HashiCorp Vault or OpenBao.
 * https://developer.hashicorp.com/vault/api-docs/secret/transit#decrypt-data
 */
export function createVaultService(ask: AskService, tokenFor: VaultToken): UnwrapKey {
  return async (key, signal) => {
    const address = fieldOf(key, 'vault_address');
    const path = `${fieldOf(key, 'engine_path')}/decrypt/${fieldOf(key, 'key_name')}`;
    const url = vaultUrl(address, path);
    const name = nameOf(url);
    const token = await tokenFor(address, signal);
    const answer = await ask(
      {
        name,
        method: 'PUT',
        url,
        headers: { 'x-vault-token': token },
        body: JSON.stringify({ ciphertext: fieldOf(key, 'enc') }),
      },
      signal,
    );
    return Buffer.from(textIn(answer, ['data', 'plaintext'], name), 'base64');
  };
}

/** Logs in to a Vault with a ServiceAccount's token for it, by any method that takes one; a Vault token. */
export async function logInToVault(
  ask: AskService,
  { address, loginPath, role, jwt }: Record<'address' | 'loginPath' | 'role' | 'jwt', string>,
  signal: AbortSignal,
): Promise<string> {
  const url = vaultUrl(address, loginPath);
  const name = `the login of ${nameOf(url)} as role '${role}'`;
  const answer = await ask(
    { name, method: 'PUT', url, body: JSON.stringify({ role, jwt }) },
    signal,
  );
  return textIn(answer, ['auth', 'client_token'], name);
}

function nameOf({ origin }: URL): string {
  return `Vault ${origin}`;
}

/** Below `/v1/`, whatever the path says: it cannot climb, and has no query. */
function vaultUrl(address: string, path: string): URL {
  const steps = path.split('/').filter(Boolean);
  const base = URL.parse(address);
  if (!base || steps.some((step) => step === '.' || step === '..')) {
    throw new KeyServiceError('malformed', 'a hc_vault key has no usable address or path');
  }
  return new URL(`/v1/${steps.map(encodeURIComponent).join('/')}`, base);
}
