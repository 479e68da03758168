import type { StoredAccessFrom } from './source-acl.ts';

/**
 * Labels that say who a namespace is, and that nobody but the API server or the control plane can
 * set: a grant on them cannot be taken by relabelling.
 */
export const identityLabels = ['kubernetes.io/metadata.name', 'capsule.clastix.io/tenant'] as const;

/**
 * The namespace label keys that some grant selects on, sorted. Whoever may set one of them on a
 * namespace can let it into a source, so tenants must not: admission refuses it.
 */
export function protectedLabelKeys(grants: Iterable<StoredAccessFrom | undefined>): string[] {
  const keys = new Set<string>();
  for (const grant of grants) {
    for (const { matchLabels } of grant?.namespaceSelectors ?? []) {
      for (const key of Object.keys(matchLabels ?? {})) keys.add(key);
    }
  }
  for (const key of identityLabels) keys.delete(key);
  return [...keys].sort();
}
