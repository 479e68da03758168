import type { AccessFrom } from '../api/access-from.ts';
import type { AccessPolicy } from './security-profile.ts';

/**
 * `spec.accessFrom` as it was stored: an object written while other CRDs were installed may lack
 * any part of it, and then grants nothing.
 */
export type StoredAccessFrom = Partial<AccessFrom>;

/** The namespace of the object that refers, with its live labels; none when it is not known. */
export interface Referrer {
  namespace: string;
  labels?: Readonly<Record<string, string>> | undefined;
}

/**
 * What is referred to. The namespace is the one the reference names; `found` is absent when no
 * such source exists, which must not show in a denial.
 */
export interface SourceTarget {
  namespace: string;
  found?: { accessFrom?: StoredAccessFrom | undefined } | undefined;
}

/** Why access was denied: for the audit record, never for the tenant. */
export type DenialCause =
  | 'cross-namespace references are off'
  | 'no such source'
  | 'source is not shared'
  | 'no selector matches';

export type AccessDecision =
  { allowed: true } | { allowed: false; cause: DenialCause; message: string };

/**
 * May an object of one namespace use a source of another? Decided before the source is looked at
 * in any other way. The message of a denial depends on the referrer's namespace and the policy
 * alone, so it is the same bytes whether the source is absent, unshared, or shared with others.
 */
export function decideSourceAccess(request: {
  referrer: Referrer;
  source: SourceTarget;
  policy: Pick<AccessPolicy, 'noCrossNamespaceRefs' | 'enableSourceAcl'>;
}): AccessDecision {
  const { referrer, source, policy } = request;
  if (referrer.namespace === source.namespace) return { allowed: true };
  if (policy.noCrossNamespaceRefs) {
    const message = forbiddenMessage(referrer.namespace);
    return { allowed: false, cause: 'cross-namespace references are off', message };
  }
  if (!policy.enableSourceAcl) return { allowed: true };
  const cause = whyNotGranted(referrer, source);
  if (cause === undefined) return { allowed: true };
  return { allowed: false, cause, message: ungrantedMessage(referrer.namespace) };
}

function whyNotGranted(referrer: Referrer, source: SourceTarget): DenialCause | undefined {
  if (!source.found) return 'no such source';
  const selectors = source.found.accessFrom?.namespaceSelectors;
  if (!selectors || selectors.length === 0) return 'source is not shared';
  // A namespace that is not known has no labels: not even an open grant is for it.
  const { labels } = referrer;
  if (labels && selectors.some((selector) => isSelected(labels, selector))) return undefined;
  return 'no selector matches';
}

type NamespaceSelector = AccessFrom['namespaceSelectors'][number];

function isSelected(labels: Readonly<Record<string, string>>, selector: NamespaceSelector) {
  return Object.entries(selector.matchLabels ?? {}).every(
    ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
  );
}

function ungrantedMessage(namespace: string): string {
  return (
    `namespace '${namespace}' has no access to the source: its owner can grant it with ` +
    'spec.accessFrom.namespaceSelectors, for example ' +
    `[{matchLabels: {kubernetes.io/metadata.name: ${namespace}}}]`
  );
}

function forbiddenMessage(namespace: string): string {
  return (
    `namespace '${namespace}' may only use its own sources: ` +
    'cross-namespace references are disabled (--no-cross-namespace-refs)'
  );
}
