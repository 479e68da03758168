import { componentLabel, instanceLabel, partOfLabel, versionLabel } from '../labels.ts';

/** What `tenantry install` can be told. */
export interface InstallOptions {
  /** Namespace of the control plane. */
  namespace: string;
  /** Image reference of the manager. */
  image: string;
  /** Version of Tenantry, `v0.1.0`; a label that `flux check` prints. */
  version: string;
  securityProfile: 'multi-tenant' | 'single-tenant';
  /** Flags of `tenantry manager`, after those the manifests set. */
  managerArgs: readonly string[];
  /**
   * Namespaces whose ServiceAccounts may be impersonated and whose Secrets may be read; all when
   * empty. The one choice that bounds what a stolen manager identity is worth.
   */
  tenantNamespaces: readonly string[];
  networkPolicies: boolean;
  /**
   * Sources and Kustomizations in a Deployment each. The second fetches artifacts over HTTP with
   * tokens of its consumers, which takes a right to mint those that one process does not need.
   */
  separateComponents: boolean;
  /** Sources and Kustomizations: their kinds, and what runs them. False beside Flux. */
  gitops: boolean;
  /** Tenants as well: their kinds, and a Deployment with an account and rights of its own. */
  tenancy: boolean;
  /** The tenant proxy as well, by a Deployment of its own. It shows what the kinds of tenancy say. */
  proxy: boolean;
  /** Flags of `tenantry proxy`. */
  proxyArgs: readonly string[];
  /** Credentials for the accounts that deploy tenants, by a Deployment with rights of its own. */
  bridge: boolean;
}

/** What an installation is unless told otherwise. */
export const defaultInstallOptions: InstallOptions = {
  namespace: 'flux-system',
  image: 'tenantry:v0.1.0',
  version: 'v0.1.0',
  securityProfile: 'multi-tenant',
  managerArgs: [],
  tenantNamespaces: [],
  networkPolicies: true,
  separateComponents: false,
  gitops: true,
  tenancy: false,
  proxy: false,
  proxyArgs: [],
  bridge: false,
};

/** Name of the Deployment, its ServiceAccount, its Service and its Pods' `app` label. */
export const managerName = 'tenantry';

/**
 * The labels by which `flux check`, `flux logs`, `flux version` and `flux uninstall` find an
 * installation, on every object and on the Pods.
 */
export function installLabels({ namespace, version }: InstallOptions): Record<string, string> {
  return {
    [componentLabel]: managerName,
    [instanceLabel]: namespace,
    [partOfLabel]: 'flux',
    [versionLabel]: version,
  };
}

/** Cluster-scoped names carry the namespace, so that two installations never share one. */
export function clusterName(
  name: string,
  { namespace }: Pick<InstallOptions, 'namespace'>,
): string {
  return `${name}-${namespace}`;
}
