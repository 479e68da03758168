import type { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import type { TenantStatus } from '../../api/capsule/tenant-status.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import type { Templates } from '../../engines/templates/templates.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Caches, ReadCache } from '../../runtime/cache/read-cache.ts';
import type { Run } from '../../runtime/run.ts';
import type { EventSink } from '../../runtime/runtime.ts';
import type { SelectableOwner } from '../../access/tenancy/owners.ts';
import type { Deployers } from '../shared/deployers.ts';
import type { ManagedIndex } from './managed-index.ts';
import type { NamespaceIndex } from './namespace-index.ts';
import type { Refusals } from '../shared/quotas/refusals.ts';
import type { QuotaMemory } from './quotas/quota-memory.ts';
import type { ExistingClasses } from './policies/class-policies.ts';

/** What all Tenants of a process share. */
export interface TenantDeps {
  /** The control plane's own: tenants are its own business. */
  client: KubeClient;
  /** Namespace the control plane runs in. */
  home: string;
  /** Managed objects only: those that carry {@link managedByLabel}. */
  managed: Caches;
  managedIn: ManagedIndex;
  namespaces: NamespaceIndex;
  quotaMemory: QuotaMemory;
  refusals: Refusals;
  /** ServiceAccounts that carry a promotion label: to own the tenant, or for its rules. */
  promoted: { owners: ReadCache<KubeObject>; byRules: ReadCache<KubeObject> };
  /** The CapsuleConfiguration that counts, or its defaults. */
  configuration(): CapsuleConfiguration;
  tenantOwners(): readonly SelectableOwner[];
  /** The classes of the cluster. */
  classes(): ExistingClasses;
  /** PersistentVolumes of a tenant that are not bound, by name. */
  volumes(tenant: string): readonly string[];
  deployers: Deployers;
  /** Fill in templates in rules; undefined where there is no engine. */
  templates: Pick<Templates, 'execute'> | undefined;
  recorder: EventSink;
}

/** One run's view of its Tenant. */
export interface Work {
  tenant: Tenant;
  identity: { name: string; uid: string };
  namespaces: readonly KubeObject[];
  configuration: CapsuleConfiguration;
  /** Quotas that the namespaces share, by namespace. */
  quotas: ReadonlyMap<string, KubeObject[]>;
  deps: TenantDeps;
  run: Run<TenantStatus>;
}

/** What the steps of one run share. */
export function workFor(tenant: Tenant, deps: TenantDeps, run: Run<TenantStatus>): Work {
  const { name, uid = '' } = tenant.metadata;
  return {
    tenant,
    identity: { name, uid },
    namespaces: deps.namespaces.of(name).filter((namespace) => isIn(namespace, { name, uid })),
    configuration: deps.configuration(),
    quotas: new Map(),
    deps,
    run,
  };
}

/** By its label; one that lost it, by the reference to this very Tenant. */
function isIn({ metadata }: KubeObject, { name, uid }: Work['identity']): boolean {
  const { labels = {}, ownerReferences = [] } = metadata;
  return labels[tenantLabel] === name || ownerReferences.some((each) => each.uid === uid);
}
