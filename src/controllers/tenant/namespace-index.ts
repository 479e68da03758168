import { isTenantReference } from '../../access/namespaces/facts.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ReadCache } from '../../runtime/cache/read-cache.ts';

/** The namespaces of each tenant, kept current. */
export interface NamespaceIndex {
  /** Sorted by name. */
  of(tenant: string): KubeObject[];
  /** The tenant of a namespace; empty if it has none, or is not known. */
  tenantOf(namespace: string): string;
  /** Called with the tenants that a change of a namespace concerns. */
  onChange(listener: (tenant: string) => void): () => void;
}

/** Indexes a cache of all Namespaces. */
export function indexNamespaces(cache: ReadCache<KubeObject>): NamespaceIndex {
  const names = new Map<string, Set<string>>();
  const listeners = new Set<(tenant: string) => void>();
  const put = (namespace: KubeObject) => {
    const tenant = tenantIn(namespace);
    if (tenant === '') return;
    const known = names.get(tenant) ?? new Set();
    names.set(tenant, known.add(namespace.metadata.name));
  };
  const drop = (namespace: KubeObject) => {
    const known = names.get(tenantIn(namespace));
    known?.delete(namespace.metadata.name);
    if (known?.size === 0) names.delete(tenantIn(namespace));
  };
  for (const namespace of cache.list()) put(namespace);
  cache.onChange(({ before, after }) => {
    if (before) drop(before);
    if (after) put(after);
    const concerned = new Set([before, after].map((each) => (each ? tenantIn(each) : '')));
    for (const tenant of concerned) {
      if (tenant !== '') for (const listener of listeners) listener(tenant);
    }
  });
  return {
    of: (tenant) =>
      [...(names.get(tenant) ?? [])]
        .sort()
        .map((name) => cache.get({ name }))
        .filter((namespace) => namespace !== undefined),
    tenantOf(name) {
      const namespace = cache.get({ name });
      return namespace ? tenantIn(namespace) : '';
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * The tenant of a namespace; empty if it has none. The label says it; of a namespace that lost its label,
 * the reference it still has.
 */
export function tenantIn({ metadata }: KubeObject): string {
  const label = metadata.labels?.[tenantLabel] ?? '';
  if (label !== '') return label;
  return (metadata.ownerReferences ?? []).find(isTenantReference)?.name ?? '';
}
