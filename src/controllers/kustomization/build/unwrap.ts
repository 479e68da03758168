import { KeyServiceError, type UnwrapKey } from '../../../engines/sops/key-service.ts';

/** How the keys of key services are unwrapped for a Kustomization. */
export function unwrapFor(): UnwrapKey {
  return ({ service }) => {
    const name = names[service] ?? service;
    const message = `${name} is not supported yet as a key service: add an age or PGP key to the file`;
    return Promise.reject(new KeyServiceError('no-credentials', message));
  };
}

const names: Readonly<Record<string, string>> = {
  hc_vault: 'Vault',
  kms: 'AWS KMS',
  gcp_kms: 'GCP KMS',
  azure_kv: 'Azure Key Vault',
  hckms: 'Huawei Cloud KMS',
};
