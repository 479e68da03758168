import type { ReplicatedResources } from '../../../api/capsule/replication.ts';
import type { Tenant } from '../../../api/capsule/tenant.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { selects } from '../../../kube/label-selector.ts';
import type { TokenValues } from '../../../access/tenancy/fill-in.ts';
import type { Replication } from './replication.ts';

/** One time that a group of resources is evaluated. */
export interface Target {
  tenant: Tenant | undefined;
  /** Where everything goes; undefined: where the manifests say. */
  namespace: KubeObject | undefined;
}

/** How the status calls what is done for no tenant in particular. */
export const noTenant = 'None';

/** Namespaces of a tenant that can be worked in: its own by reference, and not on their way out. */
export function livingNamespaces(
  { metadata }: Tenant,
  labelled: readonly KubeObject[],
): KubeObject[] {
  return labelled.filter(
    (namespace) =>
      namespace.metadata.deletionTimestamp === undefined &&
      (namespace.metadata.ownerReferences ?? []).some(({ uid }) => uid === metadata.uid),
  );
}

/** What a group of resources is evaluated for. */
export function targetsOf(
  { scope, tenants }: Pick<Replication, 'scope' | 'tenants'>,
  { namespaceSelector }: Pick<ReplicatedResources, 'namespaceSelector'>,
  namespacesOf: (tenant: string) => readonly KubeObject[],
): Target[] {
  if (scope === 'None') return [{ tenant: undefined, namespace: undefined }];
  if (scope === 'Tenant') return tenants.map((tenant) => ({ tenant, namespace: undefined }));
  return tenants.flatMap((tenant) =>
    livingNamespaces(tenant, namespacesOf(tenant.metadata.name))
      .filter(({ metadata }) => selects(namespaceSelector ?? {}, metadata.labels ?? {}))
      .map((namespace) => ({ tenant, namespace })),
  );
}

/** What tokens stand for in what is done for a target. */
export function tokensOf({ tenant, namespace }: Target): TokenValues {
  return {
    tenant: tenant?.metadata.name ?? noTenant,
    namespace: namespace?.metadata.name ?? '',
  };
}
