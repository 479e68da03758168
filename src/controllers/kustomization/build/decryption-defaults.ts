import type { AddressPolicy } from '../../../base/address-guard.ts';
import type { AwsKmsOptions } from '../../../engines/sops/aws-kms.ts';
import type { AzureKeyVaultOptions } from '../../../engines/sops/azure-key-vault.ts';
import type { GcpKmsOptions } from '../../../engines/sops/gcp-kms.ts';
import type { GoogleEndpoints } from '../../../engines/cloud/google-token.ts';
import { type ObjectKey } from '../../../kube/object.ts';

/** What the administrator set up for all Kustomizations. */
export interface DecryptionDefaults {
  /**
   * `--sops-age-secret`: its age keys open what Kustomizations without a secretRef apply. To set it
   * is to let every tenant have decrypted, in its own namespaces, what was encrypted for them.
   */
  ageSecret?: Required<ObjectKey> | undefined;
  /** `--sops-vault-configmap`: the Vaults at which ServiceAccounts log in. */
  vaultConfigMap?: Required<ObjectKey> | undefined;
  /** VAULT_TOKEN of the process; used in the single-tenant profile only. */
  vaultToken?: string | undefined;
  /** `--default-decryption-service-account`: who logs in where the spec names nobody. */
  serviceAccount?: string | undefined;
  /** Where key services may be; neither on this machine nor link-local unless it says so. */
  addresses?: AddressPolicy | undefined;
  /** Where tests serve what clouds do. */
  endpoints?: CloudEndpoints | undefined;
}

/** Other places than the clouds' own. */
export interface CloudEndpoints {
  aws?: AwsKmsOptions['endpoint'];
  gcp?: Pick<GcpKmsOptions, 'endpoint'> & GoogleEndpoints;
  azure?: Pick<AzureKeyVaultOptions, 'isVault'> & { loginEndpoint?: string };
}
