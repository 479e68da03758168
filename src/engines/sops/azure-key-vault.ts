import { textIn, type AskService } from './ask-service.ts';
import { requireValues, type Credentials } from './credentials.ts';
import { fieldOf, KeyServiceError, type UnwrapKey } from './key-service.ts';

/** What Azure Key Vault is asked with; a test says where to get tokens and which vaults there are. */
export interface AzureKeyVaultOptions {
  /** `tenantId`, `clientId`, `clientSecret` of a service principal. */
  credentials: Credentials;
  loginEndpoint?: string | undefined;
  isVault?: ((url: URL) => boolean) | undefined;
}

const azureLogin = 'https://login.microsoftonline.com';
/** Token scope by the domain of the vault: a token is sent nowhere else. */
const scopes: Readonly<Record<string, string>> = {
  '.vault.azure.net': 'https://vault.azure.net/.default',
  '.managedhsm.azure.net': 'https://managedhsm.azure.net/.default',
};

/**
 * Unwraps data keys with Azure Key Vault as a service principal.
 * https://learn.microsoft.com/rest/api/keyvault/keys/decrypt/decrypt
 */
export function createAzureKeyVaultService(
  ask: AskService,
  options: AzureKeyVaultOptions,
): UnwrapKey {
  const { loginEndpoint = azureLogin, isVault, credentials } = options;
  const tokens = new Map<string, Promise<string>>();

  async function fetchToken(scope: string, signal: AbortSignal): Promise<string> {
    const { tenantId, clientId, clientSecret } = requireValues(
      'sops.azure-kv',
      // As `az ad sp create-for-rbac` prints them, or as applications call them.
      { ...renamed(credentials), ...credentials },
      ['tenantId', 'clientId', 'clientSecret'],
    );
    const name = 'the login of Azure';
    const url = new URL(`/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`, loginEndpoint);
    const grant = { grant_type: 'client_credentials', client_id: clientId, scope };
    const body = new URLSearchParams({ ...grant, client_secret: clientSecret }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return textIn(
      await ask({ name, method: 'POST', url, headers, body }, signal),
      ['access_token'],
      name,
    );
  }

  return async (key, signal) => {
    const vault = URL.parse(fieldOf(key, 'vault_url'));
    const domain = Object.keys(scopes).find((end) => vault?.hostname.endsWith(end));
    const known = vault && (isVault ? isVault(vault) : domain && vault.protocol === 'https:');
    if (!vault || !known) {
      const message = 'an azure_kv key has a vault_url that is no Azure Key Vault';
      throw new KeyServiceError('malformed', message);
    }
    const scope = scopes[domain ?? '.vault.azure.net'] ?? '';
    const token = tokens.get(scope) ?? fetchToken(scope, signal);
    tokens.set(scope, token);
    const [name, version] = ['name', 'version'].map((field) =>
      encodeURIComponent(fieldOf(key, field)),
    );
    const url = new URL(`/keys/${name}/${version}/decrypt?api-version=7.4`, vault);
    const called = `Azure Key Vault ${vault.host}`;
    const headers = { authorization: `Bearer ${await token}` };
    const body = JSON.stringify({ alg: 'RSA-OAEP-256', value: fieldOf(key, 'enc') });
    const answer = await ask({ name: called, method: 'POST', url, headers, body }, signal);
    return Buffer.from(textIn(answer, ['value'], called), 'base64url');
  };
}

function renamed({ tenant, appId, password }: Credentials): Credentials {
  if (!tenant || !appId || !password) return {};
  return { tenantId: tenant, clientId: appId, clientSecret: password };
}
