import { amountCel, amountOf, unitsCel, unitsOf } from './units.ts';

/** The most that a limit may be, by its request and a ratio in thousandths; rounded down. */
export function limitForRatio(name: string, request: string, ratio: number): string {
  return amountOf(name, (unitsOf(name, request) * BigInt(ratio)) / 1000n, request);
}

/** The same in CEL. */
export const limitForRatioCel = (name: string, request: string, ratio: string): string =>
  `[${unitsCel(name, request)} * ${ratio} / 1000].map(u, ${amountCel(name, 'u', request)})[0]`;
