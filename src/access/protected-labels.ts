import { isQualifiedName } from '../kube/qualified-name.ts';
import { identityLabels, type StoredAccessFrom } from './source-acl.ts';

/** What a source is shared with, and the tenant of the namespace it is in; empty if it is in none. */
export interface PlacedGrant {
  grant: StoredAccessFrom | undefined;
  tenant: string;
}

/** What a tenant is told that sets one. */
export const protectedLabelMessage =
  'a label that shares a source, or devices that others use, with a namespace is set only by those who administer tenants';

/** Stands for all labels, where more are protected than a policy can name. */
export const everyLabel = '*';

/**
 * By these, Kubernetes itself gives a namespace what is the cluster's: devices that others have in use
 * (`adminAccess` of a ResourceClaim).
 */
export const powerfulLabels: readonly string[] = ['resource.kubernetes.io/admin-access'];

/** The API server reads expressions of up to 100,000 characters; these stand in one. */
const [mostKeys, mostCharacters] = [1000, 50_000];

/**
 * {@link powerfulLabels} and the namespace label keys that grants of the platform select on, sorted;
 * {@link everyLabel} by itself if there are too many. Whoever may set one of them on a namespace can let it into a source, so
 * tenants must not: admission refuses it. What tenants write in their sources protects nothing: it lets
 * no other tenant in (source-acl.ts), and must not keep others from labelling what is theirs.
 */
export function protectedLabelKeys(grants: Iterable<PlacedGrant>): string[] {
  const keys = [...grants]
    .filter(({ tenant }) => tenant === '')
    .flatMap(({ grant }) => grant?.namespaceSelectors ?? [])
    .flatMap(({ matchLabels }) => Object.keys(matchLabels ?? {}))
    // No namespace has a label whose key is none.
    .filter((key) => isQualifiedName(key) && !identityLabels.includes(key));
  const sorted = [...new Set([...powerfulLabels, ...keys])].sort();
  const isNameable = sorted.length <= mostKeys && sorted.join('').length <= mostCharacters;
  return isNameable ? sorted : [everyLabel];
}

/** Whether a label key is among those that {@link protectedLabelKeys} found. */
export function isProtected(protectedLabels: readonly string[], key: string): boolean {
  const isEvery = protectedLabels.includes(everyLabel) && !identityLabels.includes(key);
  return isEvery || protectedLabels.includes(key);
}
