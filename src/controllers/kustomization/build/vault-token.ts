import { parseYaml } from '../../../base/yaml.ts';
import { isRecord } from '../../../base/json.ts';
import type { AskService } from '../../../engines/sops/ask-service.ts';
import { KeyServiceError } from '../../../engines/sops/key-service.ts';
import { logInToVault, type VaultToken } from '../../../engines/sops/vault.ts';
import { KubeApiError } from '../../../kube/api-error.ts';
import { formatKey, type ObjectKey } from '../../../kube/object.ts';
import { configMapType } from '../../../kube/core-resources.ts';
import { requestToken } from '../../../kube/service-account-token.ts';
import type { Preparation } from '../work.ts';
import { decryptionAccount } from './decryption-account.ts';
import type { DecryptionKeys } from './decryption-keys.ts';

const secretKey = 'sops.vault-token';
const configKey = 'config.yaml';

/**
 * Who a Kustomization is to a Vault: the token in its own Secret; else, at the Vaults that
 * `--sops-vault-configmap` lists, its ServiceAccount; else, in the single-tenant profile only, the
 * control plane's own VAULT_TOKEN.
 */
export function vaultTokenFor(
  keys: DecryptionKeys,
  work: Preparation,
  ask: AskService,
): VaultToken {
  const { policy, decryption } = work.deps;
  const own = keys.get(secretKey);
  const logins = new Map<string, Promise<string>>();
  return (address, signal) => {
    if (own) return Promise.resolve(own);
    if (decryption.vaultConfigMap) {
      const login = logins.get(address) ?? logIn(address, work, ask, signal);
      logins.set(address, login);
      return login;
    }
    const { vaultToken } = decryption;
    if (vaultToken && policy.profile === 'single-tenant') return Promise.resolve(vaultToken);
    const message = `Vault needs a token: store one under '${secretKey}' in the Secret of spec.decryption.secretRef`;
    return Promise.reject(new KeyServiceError('no-credentials', message));
  };
}

async function logIn(
  address: string,
  work: Preparation,
  ask: AskService,
  signal: AbortSignal,
): Promise<string> {
  const loginPath = await loginPathFor(address, work, signal);
  const account = decryptionAccount(work, 'Vault');
  const jwt = await tokenOf(account, address, work, signal);
  const role = `${account.namespace}_${account.name}`;
  const token = await logInToVault(ask, { address, loginPath, role, jwt }, signal);
  work.secrets.add(token);
  return token;
}

/** Tokens of ServiceAccounts go to Vaults that the administrator trusts, and to no other host. */
async function loginPathFor(
  address: string,
  { deps }: Preparation,
  signal: AbortSignal,
): Promise<string> {
  const key = deps.decryption.vaultConfigMap;
  const found = key && (await deps.client.get(configMapType, key, { signal }).catch(ourProblem));
  const text = isRecord(found?.['data']) ? found['data'][configKey] : undefined;
  for (const instance of instancesIn(typeof text === 'string' ? text : '')) {
    if (!isRecord(instance) || instance['address'] !== address) continue;
    if (typeof instance['loginPath'] === 'string') return instance['loginPath'];
  }
  throw new KeyServiceError(
    'no-credentials',
    `no login at Vault ${address.slice(0, 200)} is set up: ask the administrator, or store a token under '${secretKey}'`,
  );
}

function instancesIn(text: string): unknown[] {
  try {
    const config = parseYaml(text);
    return isRecord(config) && Array.isArray(config['instances']) ? config['instances'] : [];
  } catch {
    return [];
  }
}

async function tokenOf(
  account: Required<ObjectKey>,
  audience: string,
  { deps }: Preparation,
  signal: AbortSignal,
): Promise<string> {
  try {
    return (await requestToken(deps.client, account, [audience], signal)).token;
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.code !== 404) return ourProblem(error);
    const message = `ServiceAccount '${formatKey(account)}' not found: create it, or correct spec.decryption.serviceAccountName`;
    throw new KeyServiceError('no-credentials', message);
  }
}

function ourProblem(cause: unknown): never {
  if (!(cause instanceof KubeApiError)) throw cause;
  const message = `logins at Vaults are not set up (${cause.code}): ask the administrator, or store a token under '${secretKey}'`;
  throw new KeyServiceError('no-credentials', message, { cause });
}
