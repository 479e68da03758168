import { releaseAnnotation } from '../../api/capsule/labels.ts';
import type { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { readAmounts } from '../../kube/resource-list.ts';
import type { ClaimFacts } from './schedule-claims.ts';

/**
 * The claims on a pool that count: of namespaces that may claim, neither going nor released. One that
 * asks for less than nothing does not: it would make the pool larger.
 */
export function claimsOn(
  pool: string,
  namespaces: ReadonlySet<string>,
  claims: readonly ResourcePoolClaim[],
): ClaimFacts[] {
  return claims
    .filter(({ spec, metadata }) => spec.pool === pool && namespaces.has(metadata.namespace ?? ''))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ metadata }) => metadata.annotations?.[releaseAnnotation] !== 'true')
    .map(({ metadata, spec }) => ({
      uid: metadata.uid ?? '',
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      createdAt: metadata.creationTimestamp ?? '',
      amounts: readAmounts(spec.claim),
    }))
    .filter(({ amounts }) => [...amounts.values()].every(({ nano }) => nano >= 0n));
}
