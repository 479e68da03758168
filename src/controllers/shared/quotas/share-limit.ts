/** What one namespace holds of one resource of a tenant's quota; amounts as `Quantity.nano`. */
export interface Holding {
  namespace: string;
  used: bigint;
  /** The limit last written into its quota; undefined before the first. */
  hard: bigint | undefined;
  /** The most it may come to use by what was written so far, in force or not. */
  ceiling: bigint;
  /** What a request there waits for, beyond `used`; 0 for none. */
  wanted: bigint;
  /** It is being deleted: nothing can be added there. */
  isGoing: boolean;
}

export interface Sharing {
  /** Of the whole tenant. */
  limit: bigint;
  holdings: readonly Holding[];
  /** The smallest amount that makes sense of the resource. */
  grain: bigint;
}

/**
 * The limit of each namespace of a tenant, so that together they never come to use more than the
 * tenant's, whatever happens at the same moment in several of them: each may use what it uses, and a
 * share of its own of what is left. A share grows only by what no other namespace can use any more.
 *
 * Without that, all of them could use the same rest. Shares stay as they are while nobody runs short,
 * so that the use of a resource does not cost a write per namespace.
 */
export function shareLimit({ limit, holdings, grain }: Sharing): Map<string, bigint> {
  const live = holdings.filter(({ isGoing }) => !isGoing);
  const used = sum(holdings, (holding) => holding.used);
  const targets = targetsOf({ rest: limit - used, live, grain });
  const spare = limit - sum(holdings, ({ ceiling }) => ceiling);
  if (!needsChange(live, targets, spare)) {
    return new Map(live.map(({ namespace, hard = 0n }) => [namespace, hard]));
  }
  return moveTowards(live, targets, spare);
}

/** Where the shares are to be once nothing is on its way. */
function targetsOf({
  rest,
  live,
  grain,
}: {
  rest: bigint;
  live: readonly Holding[];
  grain: bigint;
}): Map<string, bigint> {
  const targets = new Map(live.map(({ namespace, used }) => [namespace, used]));
  if (rest <= 0n || live.length === 0) return targets;
  let left = rest;
  const give = (namespace: string, amount: bigint) => {
    targets.set(namespace, (targets.get(namespace) ?? 0n) + amount);
    left -= amount;
  };
  for (const { namespace, wanted } of live) if (wanted <= left) give(namespace, wanted);
  const equal = (left / BigInt(live.length) / grain) * grain;
  for (const { namespace } of live) give(namespace, equal);
  // Whoever has something left of its share keeps it, so that shares do not wander.
  for (const { namespace } of byRoom(live).reverse()) if (grain <= left) give(namespace, grain);
  return targets;
}

const roomOf = ({ hard = 0n, used }: Holding) => hard - used;

/** Those with the least left of their share first. */
function byRoom(holdings: readonly Holding[]): Holding[] {
  return holdings.toSorted((a, b) => {
    const difference = roomOf(a) - roomOf(b);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
    return a.namespace < b.namespace ? 1 : -1;
  });
}

function needsChange(
  live: readonly Holding[],
  targets: ReadonlyMap<string, bigint>,
  spare: bigint,
): boolean {
  return live.some((holding) => {
    const { namespace, hard, used, wanted } = holding;
    if (hard === undefined) return true;
    const target = targets.get(namespace) ?? used;
    if (hard > target) return spare < 0n;
    const room = roomOf(holding);
    const isShort = 2n * room < target - used || room < wanted;
    return target > hard && (isShort || spare > 0n);
  });
}

function moveTowards(
  live: readonly Holding[],
  targets: ReadonlyMap<string, bigint>,
  spare: bigint,
): Map<string, bigint> {
  const limits = new Map<string, bigint>();
  let left = spare > 0n ? spare : 0n;
  for (const { namespace, ceiling, used } of byRoom(live)) {
    const target = targets.get(namespace) ?? used;
    const more = target - ceiling;
    const given = more < left ? more : left;
    limits.set(namespace, more <= 0n ? target : ceiling + given);
    if (more > 0n) left -= given;
  }
  return limits;
}

function sum(holdings: readonly Holding[], amountOf: (holding: Holding) => bigint): bigint {
  return holdings.reduce((total, holding) => total + amountOf(holding), 0n);
}
