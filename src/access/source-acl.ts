import type { AccessFrom } from '../api/access-from.ts';
import type { AccessPolicy } from './security-profile.ts';
import { tenantLabel } from './tenancy/vocabulary.ts';

/**
 * `spec.accessFrom` as it was stored: an object written while other CRDs were installed may lack
 * any part of it, and then grants nothing.
 */
export type StoredAccessFrom = Partial<AccessFrom>;

/**
 * Labels that say who a namespace is, and that nobody but the API server or the control plane can
 * set: a grant on them cannot be taken by relabelling.
 */
export const identityLabels: readonly string[] = ['kubernetes.io/metadata.name', tenantLabel];

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
  /** Live labels of the namespace; none when it is not known. */
  labels?: Readonly<Record<string, string>> | undefined;
  found?: { accessFrom?: StoredAccessFrom | undefined } | undefined;
}

/** Why access was denied: for the audit record, never for the tenant. */
export type DenialCause =
  | 'cross-namespace references are off'
  | 'no such source'
  | 'source is not shared'
  | 'no selector matches'
  | 'the labels count within the tenant of the source only';

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
  const matching = selectors.filter((selector) => labels && isSelected(labels, selector));
  if (matching.length === 0) return 'no selector matches';
  if (matching.some((selector) => isMeant(selector, labels, source.labels))) return undefined;
  return 'the labels count within the tenant of the source only';
}

/**
 * Owners label their own namespaces as they like. So labels by which a tenant shares its source let no
 * namespace of another tenant in, unless one of them says who the namespace is; those by which the
 * platform shares are kept from all tenants (protected-labels.ts).
 */
function isMeant({ matchLabels = {} }: NamespaceSelector, referrer: Labels, source: Labels) {
  const keys = Object.keys(matchLabels);
  const [user, owner] = [referrer, source].map((labels) => labels?.[tenantLabel] ?? '');
  const isOfPlatform = source !== undefined && owner === '';
  return (
    keys.length === 0 ||
    keys.some((key) => identityLabels.includes(key)) ||
    user === '' ||
    isOfPlatform ||
    user === owner
  );
}

type Labels = Referrer['labels'];

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
