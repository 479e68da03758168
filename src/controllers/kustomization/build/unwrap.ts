import { createAskService, type AskService } from '../../../engines/sops/ask-service.ts';
import { createAwsKmsService } from '../../../engines/sops/aws-kms.ts';
import { createAzureKeyVaultService } from '../../../engines/sops/azure-key-vault.ts';
import { parseCredentials } from '../../../engines/sops/credentials.ts';
import { createGcpKmsService } from '../../../engines/sops/gcp-kms.ts';
import {
  KeyServiceError,
  type KeyServiceName,
  type UnwrapKey,
} from '../../../engines/sops/key-service.ts';
import { createVaultService } from '../../../engines/sops/vault.ts';
import type { Preparation } from '../work.ts';
import type { DecryptionKeys } from './decryption.ts';
import { vaultTokenFor } from './vault-token.ts';

/**
 * How keys of key services are unwrapped for a Kustomization: with what its Secret holds, and
 * nothing of the control plane's own. Tokens are asked for once, and forgotten with the run.
 */
export function unwrapFor(keys: DecryptionKeys, work: Preparation): UnwrapKey {
  const { run, deps } = work;
  const { addresses = { allowLoopback: false, allowLinkLocal: false }, endpoints = {} } =
    deps.decryption;
  const ask: AskService = createAskService({ addresses });
  const now = () => new Date(run.clock.now());
  const credentials = (service: KeyServiceName) => credentialsFor(service, keys, work);
  const makers: Partial<Record<KeyServiceName, () => UnwrapKey>> = {
    hc_vault: () => createVaultService(ask, vaultTokenFor(keys, work, ask)),
    kms: () =>
      createAwsKmsService(ask, { credentials: credentials('kms'), now, endpoint: endpoints.aws }),
    gcp_kms: () =>
      createGcpKmsService(ask, { credentials: credentials('gcp_kms'), now, ...endpoints.gcp }),
    azure_kv: () =>
      createAzureKeyVaultService(ask, { credentials: credentials('azure_kv'), ...endpoints.azure }),
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

function credentialsFor(service: KeyServiceName, keys: DecryptionKeys, { spec }: Preparation) {
  const name = secretKeys[service] ?? '';
  const text = keys.get(name);
  if (text !== undefined) return parseCredentials(name, text);
  const store = `store credentials under '${name}' in the Secret of spec.decryption.secretRef`;
  const message = spec.decryption?.serviceAccountName
    ? `${names[service]} as spec.decryption.serviceAccountName is not supported yet: ${store}`
    : `${names[service]} needs credentials: ${store}`;
  throw new KeyServiceError('no-credentials', message);
}
