/** How a quantity is written: `1500m`, `2Gi`, or `15e2`. */
type Format = 'decimal' | 'binary' | 'exponent';

/**
 * An amount of a resource (Kubernetes' resource.Quantity), exact: whole billionths in a BigInt, never
 * a floating-point number.
 */
export interface Quantity {
  readonly nano: bigint;
  readonly format: Format;
}

/** Written by users, so read with care: digits that no quantity needs are refused. */
const maxLength = 64;
const pattern = /^([+-])?(\d*)(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,9}))?$/;

const binaryExponents: Readonly<Record<string, bigint>> = {
  Ki: 10n,
  Mi: 20n,
  Gi: 30n,
  Ti: 40n,
  Pi: 50n,
  Ei: 60n,
};
const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const nanoDigits = 9;
/** Exponents beyond it are as good as it: more than any limit, and cheap to compute with. */
const maxExponent = 40;

/** The quantity a user or the API server wrote; undefined if it is none. */
export function parseQuantity(value: unknown): Quantity | undefined {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  const text = isNumber ? String(value) : value;
  if (typeof text !== 'string' || text.length > maxLength) return undefined;
  const match = pattern.exec(text);
  return match ? fromParts(match) : undefined;
}

function fromParts(match: RegExpExecArray): Quantity | undefined {
  const [, sign, whole = '', fraction = '', binary, decimal, exponent] = match;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const places = nanoDigits - fraction.length;
  const size = binary
    ? ceilShift(digits << (binaryExponents[binary] ?? 0n), places)
    : ceilShift(digits, places + decimalExponent(decimal, exponent));
  const plain = exponent === undefined ? 'decimal' : 'exponent';
  return { nano: sign === '-' ? -size : size, format: binary ? 'binary' : plain };
}

function decimalExponent(suffix: string | undefined, exponent: string | undefined): number {
  if (suffix !== undefined) return decimalExponents[suffix] ?? 0;
  return Math.max(-maxExponent, Math.min(maxExponent, Number(exponent ?? 0)));
}

/** `digits` times ten to the power of `places`, rounded up: who asks for a little gets something. */
function ceilShift(digits: bigint, places: number): bigint {
  if (places >= 0) return digits * 10n ** BigInt(places);
  const divisor = 10n ** BigInt(-places);
  return (digits + divisor - 1n) / divisor;
}

const one = 10n ** BigInt(nanoDigits);
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

/** The canonical form, as the API server writes it: no fraction, the largest suffix that allows that. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const size = nano < 0n ? -nano : nano;
  const isBinary = format === 'binary' && size >= 1024n * one && size % one === 0n;
  const text = isBinary ? toBinary(size) : toDecimal(size, format === 'exponent');
  return nano < 0n ? `-${text}` : text;
}

function toBinary(nano: bigint): string {
  let size = nano / one;
  let step = 0;
  while (size % 1024n === 0n && step < binarySuffixes.length - 1) {
    size /= 1024n;
    step += 1;
  }
  return `${size}${binarySuffixes[step]}`;
}

function toDecimal(nano: bigint, isExponent: boolean): string {
  let size = nano;
  let step = 0;
  while (size % 1000n === 0n && step < decimalSuffixes.length - 1) {
    size /= 1000n;
    step += 1;
  }
  const exponent = step * 3 - nanoDigits;
  if (!isExponent) return `${size}${decimalSuffixes[step]}`;
  return exponent === 0 ? `${size}` : `${size}e${exponent}`;
}

/** No amount, which takes the other's way of writing in a sum. */
export const zeroQuantity: Quantity = { nano: 0n, format: 'decimal' };

/** The sum, written as the first is, or as the second if the first is nothing. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** The difference; may be negative. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return addQuantities(a, { nano: -b.nano, format: b.format });
}

/** The larger one; the first if they are equal. */
export function largerQuantity(a: Quantity, b: Quantity): Quantity {
  return b.nano > a.nano ? b : a;
}

/** As a number for metrics and dashboards, which count in floating point. */
export function approximateQuantity({ nano }: Quantity): number {
  return Number(nano) / Number(one);
}
