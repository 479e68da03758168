import {
  decideSourceAccess,
  type AccessDecision,
  type SourceTarget,
  type StoredAccessFrom,
} from '../../access/source-acl.ts';
import type { AccessPolicy } from '../../access/security-profile.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../kube/object.ts';
import type { LiveCache } from '../../runtime/cache/create-caches.ts';
import type { Caches, ReadCache } from '../../runtime/cache/read-cache.ts';
import { namespaceType } from '../../kube/core-resources.ts';

/** What access decisions of one process are made from. */
export interface SourceAccess {
  caches: Caches;
  policy: AccessPolicy;
  /** The kinds of source this process knows. */
  kinds: readonly ResourceType[];
  /** Reads a source past the cache, as the control plane: the gate DirectSourceFetch. */
  fetch?(
    type: ResourceType,
    key: Required<ObjectKey>,
    signal: AbortSignal,
  ): Promise<SourceObject | undefined>;
}

/** A source as far as access and consumers care; every source kind has these fields. */
export interface SourceObject extends KubeObject {
  spec?: { accessFrom?: StoredAccessFrom };
  status?: { artifact?: unknown };
}

/** A decision with what it was made from, which only those may see whom it allows. */
export interface CachedDecision {
  decision: AccessDecision;
  source: SourceObject | undefined;
  /** The watch has seen the referrer's namespace, so its labels are known. */
  isNamespaceKnown: boolean;
  /** What was decided from is current: a grant that was taken back would be known. */
  isCurrent: boolean;
}

/** The source an answer is wanted about. */
export interface AskedSource {
  type: ResourceType;
  key: Required<ObjectKey>;
  /** The source as it was read just now; from the cache without. */
  fetched?: { source: SourceObject | undefined } | undefined;
}

/** For how long the watches may be silent before what they last saw opens nothing any more. */
const maxStaleMs = 30_000;

/**
 * {@link decideSourceAccess} over what the watches last saw: reconciling a reference and serving an
 * artifact both ask here, so there is one answer.
 */
export function decideFromCaches(
  access: SourceAccess,
  referrer: { namespace: string },
  { type, key, fetched }: AskedSource,
): CachedDecision {
  const sources = access.caches.for<SourceObject>(type);
  const namespaces = access.caches.for(namespaceType);
  const source = fetched ? fetched.source : sources.get(key);
  const namespace = namespaces.get({ name: referrer.namespace });
  const decision = decideSourceAccess({
    referrer: { namespace: referrer.namespace, labels: labelsOf(namespace) },
    source: {
      namespace: key.namespace,
      labels: labelsOf(namespaces.get({ name: key.namespace })),
      found: source && { accessFrom: source.spec?.accessFrom },
    },
    policy: access.policy,
  });
  const { noCrossNamespaceRefs, enableSourceAcl } = access.policy;
  const isForeign = key.namespace !== referrer.namespace;
  const needsGrant = isForeign && enableSourceAcl && !noCrossNamespaceRefs;
  return {
    decision,
    source,
    isNamespaceKnown: namespace !== undefined,
    isCurrent: !needsGrant || (isFresh(sources) && isFresh(namespaces)),
  };
}

/** A namespace without labels still is one. */
export const labelsOf = (namespace: KubeObject | undefined): SourceTarget['labels'] =>
  namespace && (namespace.metadata.labels ?? {});

/** A cache that cannot tell its age is one that is held still (tests). */
function isFresh(
  cache: ReadCache<KubeObject> & Partial<Pick<LiveCache<KubeObject>, 'staleForMs'>>,
) {
  return (cache.staleForMs ?? 0) <= maxStaleMs;
}
