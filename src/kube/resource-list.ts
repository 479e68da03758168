import {
  addQuantities,
  formatQuantity,
  largerQuantity,
  parseQuantity,
  subtractQuantities,
  zeroQuantity,
  type Quantity,
} from './quantity.ts';

/** Amounts by the name of a resource (corev1.ResourceList), ready to be computed with. */
export type Amounts = ReadonlyMap<string, Quantity>;

/** Amounts as an object has them; what is no quantity counts as not there. */
export function readAmounts(list: unknown): Amounts {
  const amounts = new Map<string, Quantity>();
  if (typeof list !== 'object' || list === null) return amounts;
  for (const [name, value] of Object.entries(list)) {
    const quantity = parseQuantity(value);
    if (quantity) amounts.set(name, quantity);
  }
  return amounts;
}

/** Amounts as the API server takes them: canonical, sorted by name. */
export function writeAmounts(amounts: Amounts): Record<string, string> {
  return Object.fromEntries(
    [...amounts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, quantity]) => [name, formatQuantity(quantity)]),
  );
}

export function amountOf(amounts: Amounts, name: string): Quantity {
  return amounts.get(name) ?? zeroQuantity;
}

/** Of every resource that any of the lists names. */
export function sumAmounts(lists: Iterable<Amounts>): Amounts {
  const sum = new Map<string, Quantity>();
  for (const list of lists) {
    for (const [name, quantity] of list)
      sum.set(name, addQuantities(amountOf(sum, name), quantity));
  }
  return sum;
}

/** `from` less `what`, of the resources that `from` names. */
export function subtractAmounts(from: Amounts, what: Amounts): Amounts {
  return mapAmounts(from, (quantity, name) => subtractQuantities(quantity, amountOf(what, name)));
}

/** Each amount, or nothing where it is negative. */
export function clampAmounts(amounts: Amounts): Amounts {
  return mapAmounts(amounts, ({ nano, format }) => ({ nano: nano < 0n ? 0n : nano, format }));
}

/** The larger amount of each resource that any of the lists names. */
export function largestAmounts(lists: Iterable<Amounts>): Amounts {
  const largest = new Map<string, Quantity>();
  for (const list of lists) {
    for (const [name, quantity] of list) {
      largest.set(name, largerQuantity(largest.get(name) ?? quantity, quantity));
    }
  }
  return largest;
}

/** The amounts of these resources, nothing where there is none. */
export function selectAmounts(amounts: Amounts, names: Iterable<string>): Amounts {
  return new Map([...names].map((name) => [name, amountOf(amounts, name)]));
}

/** Resources of which `wanted` is more than there is of them in `limit`; others are not limited. */
export function namesBeyond(wanted: Amounts, limit: Amounts): string[] {
  return [...wanted]
    .filter(([name, { nano }]) => nano > (limit.get(name)?.nano ?? nano))
    .map(([name]) => name)
    .sort();
}

/** Whether both name the same resources and amounts, however they are written. */
export function sameAmounts(a: Amounts, b: Amounts): boolean {
  return a.size === b.size && [...a].every(([name, { nano }]) => b.get(name)?.nano === nano);
}

/** Whether there is some of any resource. */
export function hasAmounts(amounts: Amounts): boolean {
  return [...amounts.values()].some(({ nano }) => nano > 0n);
}

export function mapAmounts(
  amounts: Amounts,
  change: (quantity: Quantity, name: string) => Quantity,
): Amounts {
  return new Map([...amounts].map(([name, quantity]) => [name, change(quantity, name)]));
}
