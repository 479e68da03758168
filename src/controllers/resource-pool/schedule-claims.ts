import { addQuantities, formatQuantity, subtractQuantities } from '../../kube/quantity.ts';
import {
  amountOf,
  largestAmounts,
  sameAmounts,
  subtractAmounts,
  sumAmounts,
  type Amounts,
} from '../../kube/resource-list.ts';
import type { Quantity } from '../../kube/quantity.ts';
import type { ClaimVerdict } from '../shared/pool-book.ts';

/** A claim, as far as the pool has to know it. */
export interface ClaimFacts {
  uid: string;
  namespace: string;
  name: string;
  /** RFC 3339; earlier claims come first. */
  createdAt: string;
  amounts: Amounts;
}

export interface PoolFacts {
  /** What is in the pool. */
  hard: Amounts;
  orderedQueue: boolean;
  /** What claims have got so far, by uid. */
  allocated: ReadonlyMap<string, Amounts>;
  /**
   * What namespaces can use already, by namespace, whatever is claimed: nobody else gets that, even if
   * the claim it came from is gone.
   */
  inUse: ReadonlyMap<string, Amounts>;
}

interface Exhaustion {
  available: Quantity;
  requesting: Quantity;
}

/** What the pool decides. */
export interface Schedule {
  /** What claims have got, by uid. */
  allocated: Map<string, Amounts>;
  verdicts: Map<string, ClaimVerdict>;
  /** Resources that claims wait for. */
  exhaustions: Map<string, Exhaustion>;
}

/**
 * Which claims get what they ask for. Those that have it keep it; the others are looked at in the
 * order they were made. A claim that was resized is looked at anew.
 */
export function scheduleClaims(pool: PoolFacts, claims: readonly ClaimFacts[]): Schedule {
  const kept = claims.filter(({ uid, amounts }) => {
    const before = pool.allocated.get(uid);
    return before !== undefined && sameAmounts(before, amounts);
  });
  const schedule: Schedule = {
    allocated: new Map(kept.map(({ uid, amounts }) => [uid, amounts])),
    verdicts: new Map(kept.map(({ uid }) => [uid, { verdict: 'allocated' }])),
    exhaustions: new Map(),
  };
  const held = new Map<string, Amounts>();
  for (const { namespace, amounts } of kept) add(held, namespace, amounts);
  for (const claim of claims.filter(({ uid }) => !schedule.verdicts.has(uid)).sort(byAge)) {
    const isResized = pool.allocated.has(claim.uid);
    const verdict = judge(claim, { pool, schedule, held, isResized });
    schedule.verdicts.set(claim.uid, verdict);
    if (verdict.verdict !== 'allocated') continue;
    schedule.allocated.set(claim.uid, claim.amounts);
    add(held, claim.namespace, claim.amounts);
  }
  return schedule;
}

/** Oldest first; those of the same second by name, so that every look gives the same order. */
export function byAge(a: ClaimFacts, b: ClaimFacts): number {
  return (
    compare(a.createdAt, b.createdAt) ||
    compare(a.name, b.name) ||
    compare(a.namespace, b.namespace)
  );
}

const compare = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

function add(held: Map<string, Amounts>, namespace: string, amounts: Amounts): void {
  held.set(namespace, sumAmounts([held.get(namespace) ?? new Map(), amounts]));
}

interface Circumstances {
  pool: PoolFacts;
  schedule: Schedule;
  /** What claims have got, by namespace. */
  held: ReadonlyMap<string, Amounts>;
  isResized: boolean;
}

function judge(claim: ClaimFacts, circumstances: Circumstances): ClaimVerdict {
  const { pool, schedule, isResized } = circumstances;
  const unknown = [...claim.amounts.keys()].filter((name) => !pool.hard.has(name)).sort();
  if (unknown.length > 0) {
    return { verdict: 'unavailable', message: `not in the pool: ${unknown.join(', ')}` };
  }
  const names = [...claim.amounts.keys()].sort();
  if (pool.orderedQueue && !isResized) {
    const queued = names.filter((name) => schedule.exhaustions.has(name));
    if (queued.length > 0)
      return { verdict: 'queue-exhausted', message: queueText(queued, claim, schedule) };
  }
  const available = availableFor(claim.namespace, circumstances);
  const short = names.filter(
    (name) => amountOf(claim.amounts, name).nano > amountOf(available, name).nano,
  );
  if (short.length === 0) return { verdict: 'allocated' };
  for (const name of short) note(name, claim, { available, schedule });
  const lines = short.map((name) => {
    const wanted = formatQuantity(amountOf(claim.amounts, name));
    return `requested: ${name}=${wanted}, available: ${name}=${formatQuantity(amountOf(available, name))}`;
  });
  return { verdict: 'pool-exhausted', message: lines.join('; ') };
}

function queueText(queued: readonly string[], { amounts }: ClaimFacts, { exhaustions }: Schedule) {
  return queued
    .map((name) => {
      const before = exhaustions.get(name)?.requesting ?? amountOf(amounts, name);
      const wanted = formatQuantity(amountOf(amounts, name));
      return `requested: ${name}=${wanted}, queued: ${name}=${formatQuantity(before)}`;
    })
    .join('; ');
}

/** What is left for claims of a namespace: of what it can use already, its own claims may have all. */
function availableFor(namespace: string, { pool, held }: Circumstances): Amounts {
  const others = [...new Set([...held.keys(), ...pool.inUse.keys()])]
    .filter((each) => each !== namespace)
    .map((each) =>
      largestAmounts([held.get(each) ?? new Map(), pool.inUse.get(each) ?? new Map()]),
    );
  const own = held.get(namespace) ?? new Map();
  return subtractAmounts(pool.hard, sumAmounts([...others, own]));
}

function note(
  name: string,
  { amounts }: ClaimFacts,
  { available, schedule }: { available: Amounts; schedule: Schedule },
): void {
  const wanted = amountOf(amounts, name);
  const known = schedule.exhaustions.get(name);
  const requesting = known ? addQuantities(known.requesting, wanted) : wanted;
  const free = amountOf(available, name);
  const least = subtractQuantities(free, free);
  schedule.exhaustions.set(name, {
    available: known?.available ?? (free.nano < 0n ? least : free),
    requesting,
  });
}
