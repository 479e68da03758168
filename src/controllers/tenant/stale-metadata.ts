import { appliedAnnotation } from '../shared/converge.ts';
import { cordonedLabel } from '../../access/tenancy/vocabulary.ts';
import type { ManagedMetadata } from '../../access/namespaces/managed-metadata.ts';

type Strings = Readonly<Record<string, string>>;

/** Labels and annotations, any of which may be missing. */
export interface SomeMetadata {
  labels?: Strings | undefined;
  annotations?: Strings | undefined;
}

export interface StaleRequest {
  /** What the status says was managed. */
  recorded: SomeMetadata;
  /** What is managed now. */
  managed: ManagedMetadata;
  /** What the namespace carries. */
  live: SomeMetadata;
  /** `managedMetadataOnly`: the namespace carries nothing else. */
  managedOnly: boolean;
}

/** Keys to remove, as a merge patch has them. */
export type Removal = Record<'labels' | 'annotations', Record<string, null>>;

/** Keys that belong to the API server, to Capsule or to us, whatever the tenant says. */
const reserved = (key: string) =>
  key === 'kubernetes.io/metadata.name' ||
  key === cordonedLabel ||
  key === appliedAnnotation ||
  key.startsWith('capsule.clastix.io/') ||
  key.startsWith('projectcapsule.dev/');

/**
 * What a tenant put on its namespace once and no longer does: it goes, unless somebody has written
 * another value there since. Undefined when there is nothing to remove.
 */
export function staleMetadata(request: StaleRequest): Removal | undefined {
  const { recorded, managed, live, managedOnly } = request;
  const of = (part: 'labels' | 'annotations') => {
    const stale = Object.entries(live[part] ?? {}).filter(([key, value]) => {
      if (Object.hasOwn(managed[part], key)) return false;
      return recorded[part]?.[key] === value || (managedOnly && !reserved(key));
    });
    return Object.fromEntries(stale.map(([key]) => [key, null]));
  };
  const removal = { labels: of('labels'), annotations: of('annotations') };
  const count = Object.keys(removal.labels).length + Object.keys(removal.annotations).length;
  return count === 0 ? undefined : removal;
}
