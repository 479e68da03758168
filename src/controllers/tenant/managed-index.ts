import { managedTenantLabel } from '../../api/capsule/labels.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';

/** Where something is managed for each tenant, kept current. */
export interface ManagedIndex {
  /** Namespaces in which anything is managed for the tenant, whosever they are now. */
  namespacesOf(tenant: string): string[];
}

/** Indexes caches of managed objects of these kinds. */
export function indexManaged(managed: Caches, types: readonly ResourceType[]): ManagedIndex {
  const counts = new Map<string, Map<string, number>>();
  const count = ({ metadata }: KubeObject, by: 1 | -1) => {
    const { labels = {}, namespace } = metadata;
    const tenant = labels[managedTenantLabel];
    if (tenant === undefined || namespace === undefined) return;
    const places = counts.get(tenant) ?? new Map<string, number>();
    const now = (places.get(namespace) ?? 0) + by;
    if (now > 0) places.set(namespace, now);
    else places.delete(namespace);
    if (places.size > 0) counts.set(tenant, places);
    else counts.delete(tenant);
  };
  for (const type of types) {
    const cache = managed.for(type);
    for (const object of cache.list()) count(object, 1);
    cache.onChange(({ before, after }) => {
      if (before) count(before, -1);
      if (after) count(after, 1);
    });
  }
  return { namespacesOf: (tenant) => [...(counts.get(tenant)?.keys() ?? [])] };
}
