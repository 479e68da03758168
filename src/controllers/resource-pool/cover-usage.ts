import { amountOf, hasAmounts, mapAmounts, type Amounts } from '../../kube/resource-list.ts';
import { byAge, type ClaimFacts } from './schedule-claims.ts';

const perMille = 1000n;

/**
 * The claims of a namespace that cover what it uses: those are in use, and cannot be changed. Again and
 * again the claim that covers the largest part of what is not covered yet; the oldest of equals.
 */
export function claimsInUse(used: Amounts, claims: readonly ClaimFacts[]): Set<string> {
  const chosen = new Set<string>();
  const candidates = [...claims].sort(byAge);
  let open = used;
  while (hasAmounts(open)) {
    const [best] = candidates
      .filter(({ uid }) => !chosen.has(uid))
      .map((claim) => ({ claim, part: coveredPart(open, claim.amounts) }))
      .filter(({ part }) => part > 0n)
      .sort((a, b) => (a.part === b.part ? 0 : a.part > b.part ? -1 : 1));
    // More is used than is claimed: defaults, or use from before there was a pool.
    if (!best) break;
    chosen.add(best.claim.uid);
    open = mapAmounts(open, ({ nano, format }, name) => {
      const rest = nano - amountOf(best.claim.amounts, name).nano;
      return { nano: rest < 0n ? 0n : rest, format };
    });
  }
  return chosen;
}

/** Of how much of what is open a claim is good, in thousandths summed over resources. */
function coveredPart(open: Amounts, amounts: Amounts): bigint {
  return [...open].reduce((sum, [name, { nano }]) => {
    if (nano <= 0n) return sum;
    const claimed = amountOf(amounts, name).nano;
    if (claimed <= 0n) return sum;
    const part = ((claimed < nano ? claimed : nano) * perMille) / nano;
    return sum + (part > 0n ? part : 1n);
  }, 0n);
}
