import { assumeRole } from '../../../engines/cloud/aws-web-identity.ts';
import {
  tokenByFederation as azureTokenOf,
  tokenBySecret,
} from '../../../engines/cloud/azure-token.ts';
import {
  tokenByFederation as googleTokenOf,
  tokenByKey,
} from '../../../engines/cloud/google-token.ts';
import type { WorkloadIdentity } from '../../../engines/cloud/workload-identity.ts';
import { createAskService, type AskService } from '../../../engines/sops/ask-service.ts';
import { createAwsKmsService } from '../../../engines/sops/aws-kms.ts';
import { createAzureKeyVaultService } from '../../../engines/sops/azure-key-vault.ts';
import { parseCredentials, type Credentials } from '../../../engines/sops/credentials.ts';
import { createGcpKmsService } from '../../../engines/sops/gcp-kms.ts';
import {
  KeyServiceError,
  type KeyServiceName,
  type UnwrapKey,
} from '../../../engines/sops/key-service.ts';
import { createVaultService } from '../../../engines/sops/vault.ts';
import type { Preparation } from '../work.ts';
import { decryptionIdentity } from './decryption-account.ts';
import type { DecryptionKeys } from './decryption-keys.ts';
import { vaultTokenFor } from './vault-token.ts';

/**
 * How keys of key services are unwrapped for a Kustomization: with what its Secret holds, else as a
 * ServiceAccount of its namespace, and with nothing of the control plane's own. Tokens are asked
 * for once, and forgotten with the run.
 */
export function unwrapFor(keys: DecryptionKeys, work: Preparation): UnwrapKey {
  const { addresses = { allowLoopback: false, allowLinkLocal: false } } = work.deps.decryption;
  const ask = createAskService({ addresses });
  const makers: Partial<Record<KeyServiceName, () => UnwrapKey>> = {
    hc_vault: () => createVaultService(ask, vaultTokenFor(keys, work, ask)),
    kms: () => awsKms(ask, keys, work),
    gcp_kms: () => gcpKms(ask, keys, work),
    azure_kv: () => azureKeyVault(ask, keys, work),
  };
  const services = new Map<KeyServiceName, UnwrapKey>();
  return async (key, signal) => {
    const service = services.get(key.service) ?? makers[key.service]?.();
    if (!service) {
      const message = `${names[key.service]} is not supported: encrypt the file for another key too`;
      throw new KeyServiceError('no-credentials', message);
    }
    services.set(key.service, service);
    return service(key, signal);
  };
}

function awsKms(ask: AskService, keys: DecryptionKeys, work: Preparation): UnwrapKey {
  const stored = storedCredentials('kms', keys);
  const { endpoints = {} } = work.deps.decryption;
  return createAwsKmsService(ask, {
    now: clockOf(work),
    endpoint: endpoints.aws,
    credentials: stored
      ? () => Promise.resolve(stored)
      : (at, signal) => assumeRole(ask, identityFor('kms', work), at, signal),
  });
}

function gcpKms(ask: AskService, keys: DecryptionKeys, work: Preparation): UnwrapKey {
  const credentials = storedCredentials('gcp_kms', keys);
  const { endpoint, ...google } = work.deps.decryption.endpoints?.gcp ?? {};
  const token = credentials
    ? tokenByKey(ask, { credentials, now: clockOf(work), ...google })
    : googleTokenOf(ask, identityFor('gcp_kms', work), google);
  return createGcpKmsService(ask, { token, endpoint });
}

function azureKeyVault(ask: AskService, keys: DecryptionKeys, work: Preparation): UnwrapKey {
  const credentials = storedCredentials('azure_kv', keys);
  const { loginEndpoint, isVault } = work.deps.decryption.endpoints?.azure ?? {};
  const token = credentials
    ? tokenBySecret(ask, credentials, loginEndpoint)
    : azureTokenOf(ask, identityFor('azure_kv', work), loginEndpoint);
  return createAzureKeyVaultService(ask, { token, isVault });
}

const clockOf =
  ({ run }: Preparation) =>
  () =>
    new Date(run.clock.now());

const names: Readonly<Record<KeyServiceName, string>> = {
  hc_vault: 'Vault',
  kms: 'AWS KMS',
  gcp_kms: 'GCP KMS',
  azure_kv: 'Azure Key Vault',
  hckms: 'Huawei Cloud KMS',
};

const secretKeys: Partial<Record<KeyServiceName, string>> = {
  kms: 'sops.aws-kms',
  gcp_kms: 'sops.gcp-kms',
  azure_kv: 'sops.azure-kv',
};

function storedCredentials(service: KeyServiceName, keys: DecryptionKeys): Credentials | undefined {
  const name = secretKeys[service] ?? '';
  const text = keys.get(name);
  return text === undefined ? undefined : parseCredentials(name, text);
}

function identityFor(service: KeyServiceName, work: Preparation): WorkloadIdentity {
  const name = secretKeys[service] ?? '';
  const instead = `store credentials under '${name}' in the Secret of spec.decryption.secretRef`;
  return decryptionIdentity(work, { service: names[service], instead });
}
