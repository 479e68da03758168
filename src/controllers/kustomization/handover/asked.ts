import type { KustomizationStatus } from '../../../api/kustomize/status.ts';
import { parseInventory } from '../../../api/kustomize/inventory.ts';
import type { Preparation } from '../work.ts';
import { claimantOf, claimsOfAll, siblingsOf } from './siblings.ts';

/**
 * Whether another Kustomization of the namespace wants an object that this one lists as its own. If
 * this one waits for that one to be ready, it must hand the object over first.
 */
export function isAskedToHandOver(
  status: KustomizationStatus | undefined,
  work: Preparation,
): boolean {
  const { cluster, entries } = status?.inventory ?? {};
  const claims = claimsOfAll(siblingsOf(work), { cluster });
  const mine = parseInventory(entries).filter(({ left }) => left === undefined);
  return mine.some((item) => claimantOf(item, claims) !== undefined);
}
