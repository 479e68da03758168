import {
  managedByController,
  managedByLabel,
  managedTenantLabel,
} from '../../api/capsule/labels.ts';
import { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import { ownerPromotionLabel, promotionLabel } from '../../access/tenancy/vocabulary.ts';
import { namespaceType, serviceAccountType } from '../../kube/core-resources.ts';
import { deployersIn, type Deployers } from '../../controllers/shared/deployers.ts';
import {
  clusterRoleBindingType,
  clusterRoleType,
} from '../../controllers/shared/rbac-resources.ts';
import {
  createCountedKinds,
  type CountedKinds,
} from '../../controllers/shared/custom-quota/counted-kinds.ts';
import type { QuotaExpressions } from '../../access/quotas/custom/quota-expression.ts';
import { countAsBefore } from './count-as-before.ts';
import type { Refusals } from '../../controllers/shared/quotas/refusals.ts';
import { childTypes } from '../../controllers/tenant/children/types.ts';
import { indexNamespaces, type NamespaceIndex } from '../../controllers/tenant/namespace-index.ts';
import type { OwnClient } from '../../kube/client.ts';
import type { ClosableClient } from '../../kube/connect.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createCaches } from '../../runtime/cache/create-caches.ts';
import type { Caches, ReadCache } from '../../runtime/cache/read-cache.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Registration } from './start-webhooks.ts';
import { tenancyReaders, tenancyTypes, type TenancyReaders } from './tenancy-readers.ts';
import { watchRefusals } from './watch-refusals.ts';
import { watchClasses, type ClusterClasses } from './watch-classes.ts';
import { watchGrants, type Grants } from './watch-grants.ts';
import type { Endpoint } from './impersonation-clients.ts';
import type { ReplicationOptions } from './replication-options.ts';

export interface TenancyComponentOptions {
  runtime: Runtime;
  client: OwnClient;
  /** `--configuration-name`. */
  configurationName: string;
  /** A client as the control plane over another way, `impersonation.endpoint`; its caller closes it. */
  connectTo?: (endpoint: Endpoint) => ClosableClient;
  /** What replicates; without it, nothing is replicated. */
  replication?: ReplicationOptions;
  /** Evaluates the expressions of custom quotas. */
  expressions: QuotaExpressions;
  /** Namespace the control plane runs in. */
  home: string;
  /** `--workers`. */
  workers?: number;
  /** `--cache-sync-timeout`: the start fails when the caches do not hold the cluster by then; 0 waits. */
  cacheSyncTimeoutMs?: number;
  /** The second ring as it is to be registered; absent when this installation has none. */
  webhooks?: Registration;
}

/** What the parts of the tenancy component share. */
export interface TenancyContext extends TenancyComponentOptions, TenancyReaders {
  /** Only what is managed for tenants, by its label. */
  managed: Caches;
  namespaces: NamespaceIndex;
  /** ServiceAccounts that carry a promotion label: to own their tenant, or for its rules. */
  promoted: Record<'owners' | 'byRules', ReadCache<KubeObject>>;
  cluster: ClusterClasses;
  grants: Grants;
  /** What deploys in namespaces, by its metadata. */
  deployers: Deployers;
  /** What native quota refused to controllers of the cluster. */
  refusals: Refusals;
  /** What custom quotas count. */
  kinds: CountedKinds;
}

/** Kinds that are managed for tenants, and so watched by their label. */
export const managedTypes = [
  ...childTypes,
  GlobalResourceQuota.type,
  clusterRoleType,
  clusterRoleBindingType,
];

/** Watches what tenancy looks at; resolves once the caches hold the cluster. */
export async function openTenancy(options: TenancyComponentOptions): Promise<TenancyContext> {
  const { runtime, client, configurationName: name } = options;
  const { caches, signal, log, clock } = runtime;
  const { cacheSyncTimeoutMs = 0 } = options;
  const ending =
    cacheSyncTimeoutMs > 0
      ? AbortSignal.any([signal, AbortSignal.timeout(cacheSyncTimeoutMs)])
      : signal;
  const watch = (selector: string) =>
    createCaches({ client, signal, log, clock, selectorFor: () => selector });
  const managed = watch(`${managedByLabel}=${managedByController}`);
  const promoted = {
    owners: watch(`${ownerPromotionLabel}=true`).for(serviceAccountType),
    byRules: watch(`${promotionLabel}=true`).for(serviceAccountType),
  };
  const [cluster, grants] = await Promise.all([
    watchClasses(options),
    watchGrants({ client, caches, signal: ending }),
    ...tenancyTypes.map((type) => caches.for(type).synced(ending)),
    ...managedTypes.map((type) => managed.for(type).synced(ending)),
    ...Object.values(promoted).map((cache) => cache.synced(ending)),
  ]);
  const kinds = createCountedKinds({ client, signal, log, clock });
  await countAsBefore(kinds, { client, caches, signal: ending, log });
  return {
    ...options,
    kinds,
    managed,
    cluster,
    deployers: deployersIn(createCaches({ client, signal, log, clock, metadataOnly: true })),
    refusals: watchRefusals(client, runtime),
    promoted,
    grants,
    namespaces: indexNamespaces(caches.for(namespaceType)),
    ...tenancyReaders(caches, name),
  };
}

/** Calls back with the tenant for which something managed has changed. */
export function onManagedChange(
  { managed }: TenancyContext,
  listener: (tenant: string) => void,
): void {
  for (const type of managedTypes) {
    managed.for(type).onChange(({ before, after }) => {
      const tenant = (after ?? before)?.metadata.labels?.[managedTenantLabel];
      if (tenant !== undefined) listener(tenant);
    });
  }
}
