import { withClaim } from '../../../api/kustomize/claim.ts';
import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import type { KustomizationSpec } from '../../../api/kustomize/kustomization.ts';
import type { KustomizationStatus } from '../../../api/kustomize/status.ts';
import { parseInventory, refId, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { stringifyJson } from '../../../base/json.ts';
import { formatKey, keyOf, type KubeObject, type ObjectKey } from '../../../kube/object.ts';
import type { Target } from '../target.ts';
import type { Work } from '../work.ts';

/** Another Kustomization as far as one that shares objects with it cares. */
export interface Sibling extends KubeObject {
  spec: Pick<KustomizationSpec, 'sourceRef' | 'suspend' | 'kubeConfig'>;
  status?: KustomizationStatus;
}

/** The other Kustomizations of the namespace that are there to stay. */
export function siblingsOf({ me, deps }: Pick<Work, 'me' | 'deps'>): Sibling[] {
  const all = deps.caches.for<Sibling>(Kustomization.type).list(me.namespace);
  return all.filter((one) => one.metadata.name !== me.name && !isDeleting(one)).map(withClaim);
}

export function isDeleting({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** The ids of what it has in Git, as far as its status says. */
export function claimsOf({ status }: Sibling): Set<string> {
  const items = parseInventory(status?.inventory?.entries);
  return new Set(items.filter(({ left }) => left === undefined).map(refId));
}

/** Which of the siblings has the object in Git. */
export function claimantOf(ref: ObjectRef, claims: readonly Claims[]): Sibling | undefined {
  return claims.find(({ ids }) => ids.has(refId(ref)))?.sibling;
}

/** A sibling and what it has in Git. */
export interface Claims {
  sibling: Sibling;
  ids: Set<string>;
}

/** What each of them has in Git for that cluster. */
export function claimsOfAll(
  siblings: readonly Sibling[],
  { cluster }: Pick<Target, 'cluster'>,
): Claims[] {
  return siblings
    .filter(({ status }) => status?.inventory?.cluster === cluster)
    .map((sibling) => ({ sibling, ids: claimsOf(sibling) }));
}

type Applied = Pick<KustomizationSpec, 'sourceRef' | 'kubeConfig'>;

/**
 * Whether it will build that revision of our source for the same cluster, and has not yet: what it
 * lists is not yet all that it wants, nor only what it wants. Nobody waits for a suspended one.
 */
export function isBehind(
  { metadata, spec, status }: Sibling,
  mine: { me: Required<ObjectKey>; spec: Applied },
  revision: string,
): boolean {
  const other = { namespace: metadata.namespace ?? '' };
  if (spec.suspend || originOf(other, spec) !== originOf(mine.me, mine.spec)) return false;
  const { revision: built, generation } = status?.inventory ?? {};
  return built !== revision || generation !== metadata.generation;
}

/** Where its objects come from and go to. */
function originOf(me: { namespace: string }, { sourceRef, kubeConfig }: Applied): string {
  const { kind, name, namespace } = sourceRef;
  return stringifyJson([kind, name, namespace || me.namespace, kubeConfig ?? null]);
}

/** `Kustomization 'apps/web'`. */
export function nameOf(sibling: KubeObject): string {
  return `Kustomization '${formatKey(keyOf(sibling))}'`;
}
