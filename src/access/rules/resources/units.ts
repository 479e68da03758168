import { parseQuantity } from '../../../kube/quantity.ts';

/**
 * Amounts as whole units that CEL can compute with: thousandths of a CPU, and single bytes, or
 * whatever else is counted.
 */

const nanoOfMilli = 1_000_000n;
const nanoOfOne = 1_000_000_000n;

/** The units of an amount of a resource; a half is rounded up. */
export function unitsOf(name: string, amount: string | undefined): bigint {
  const nano = parseQuantity(amount)?.nano ?? 0n;
  const size = name === 'cpu' ? nanoOfMilli : nanoOfOne;
  return (nano + size / 2n) / size;
}

/** The same in CEL. */
export const unitsCel = (name: string, amount: string): string =>
  `(${name} == 'cpu' ? int(quantity(${amount}).asApproximateFloat() * 1000.0 + 0.5) : ` +
  `(quantity(${amount}).isInteger() ? quantity(${amount}).asInteger() : ` +
  `int(quantity(${amount}).asApproximateFloat() + 0.5)))`;

const binary = [
  { size: 2n ** 40n, suffix: 'Ti' },
  { size: 2n ** 30n, suffix: 'Gi' },
  { size: 2n ** 20n, suffix: 'Mi' },
  { size: 2n ** 10n, suffix: 'Ki' },
];

/** Units as an amount, in powers of 1024 if the amount it comes from is written so. */
export function amountOf(name: string, units: bigint, like = ''): string {
  if (name === 'cpu') return units % 1000n === 0n ? `${units / 1000n}` : `${units}m`;
  const step = like.endsWith('i') ? binary.find(({ size }) => units % size === 0n) : undefined;
  return step ? `${units / step.size}${step.suffix}` : `${units}`;
}

/** The same in CEL. */
export const amountCel = (name: string, units: string, like: string): string =>
  `(${name} == 'cpu' ? (${units} % 1000 == 0 ? string(${units} / 1000) : string(${units}) + 'm') : ` +
  `!${like}.endsWith('i') ? string(${units}) : ` +
  binary
    .map(
      ({ size, suffix }) => `${units} % ${size} == 0 ? string(${units} / ${size}) + '${suffix}' : `,
    )
    .join('') +
  `string(${units}))`;
