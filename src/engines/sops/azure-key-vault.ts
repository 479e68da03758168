import { textIn, type AskService } from './ask-service.ts';
import type { AzureToken } from '../cloud/azure-token.ts';
import { fieldOf, KeyServiceError, type UnwrapKey } from './key-service.ts';

/** What Azure Key Vault is asked with; a test says which vaults there are. */
export interface AzureKeyVaultOptions {
  token: AzureToken;
  isVault?: ((url: URL) => boolean) | undefined;
}

/** Token scope by the domain of the vault: a token is sent nowhere else. */
const scopes: Readonly<Record<string, string>> = {
  '.vault.azure.net': 'https://vault.azure.net/.default',
  '.managedhsm.azure.net': 'https://managedhsm.azure.net/.default',
};

/**
 * Unwraps data keys with Azure Key Vault.
 * https://learn.microsoft.com/rest/api/keyvault/keys/decrypt/decrypt
 */
export function createAzureKeyVaultService(
  ask: AskService,
  options: AzureKeyVaultOptions,
): UnwrapKey {
  const { isVault } = options;
  const tokens = new Map<string, Promise<string>>();

  return async (key, signal) => {
    const vault = URL.parse(fieldOf(key, 'vault_url'));
    const domain = Object.keys(scopes).find((end) => vault?.hostname.endsWith(end));
    const known = vault && (isVault ? isVault(vault) : domain && vault.protocol === 'https:');
    if (!vault || !known) {
      const message = 'an azure_kv key has a vault_url that is no Azure Key Vault';
      throw new KeyServiceError('malformed', message);
    }
    const scope = scopes[domain ?? '.vault.azure.net'] ?? '';
    const [name, version] = ['name', 'version'].map((field) =>
      encodeURIComponent(fieldOf(key, field)),
    );
    const url = new URL(`/keys/${name}/${version}/decrypt?api-version=7.4`, vault);
    const called = `Azure Key Vault ${vault.host}`;
    // Only for a key that makes sense: nobody would wait for a token that fails meanwhile.
    const token = tokens.get(scope) ?? options.token(scope, signal);
    tokens.set(scope, token);
    const headers = { authorization: `Bearer ${await token}` };
    const body = JSON.stringify({ alg: 'RSA-OAEP-256', value: fieldOf(key, 'enc') });
    const answer = await ask({ name: called, method: 'POST', url, headers, body }, signal);
    return Buffer.from(textIn(answer, ['value'], called), 'base64url');
  };
}
