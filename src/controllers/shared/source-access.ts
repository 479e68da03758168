import {
  decideSourceAccess,
  type AccessDecision,
  type StoredAccessFrom,
} from '../../access/source-acl.ts';
import type { AccessPolicy } from '../../access/security-profile.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { namespaceType } from './core-resources.ts';

/** What access decisions of one process are made from. */
export interface SourceAccess {
  caches: Caches;
  policy: AccessPolicy;
  /** The kinds of source this process knows. */
  kinds: readonly ResourceType[];
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
}

/**
 * {@link decideSourceAccess} over what the watches last saw: reconciling a reference and serving an
 * artifact both ask here, so there is one answer.
 */
export function decideFromCaches(
  access: SourceAccess,
  referrer: { namespace: string },
  type: ResourceType,
  key: Required<ObjectKey>,
): CachedDecision {
  const source = access.caches.for<SourceObject>(type).get(key);
  const namespace = access.caches.for(namespaceType).get({ name: referrer.namespace });
  const decision = decideSourceAccess({
    referrer: {
      namespace: referrer.namespace,
      // A namespace without labels still is one.
      labels: namespace && (namespace.metadata.labels ?? {}),
    },
    source: { namespace: key.namespace, found: source && { accessFrom: source.spec?.accessFrom } },
    policy: access.policy,
  });
  return { decision, source, isNamespaceKnown: namespace !== undefined };
}
