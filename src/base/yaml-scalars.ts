/** What a plain scalar of YAML means to Kubernetes; a BigInt only where a number would lose digits. */
export type YamlScalar = string | number | bigint | boolean | null;

const trueWords = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const falseWords = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const nullWords = /^(?:~|null|Null|NULL)?$/;
const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const integer = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);
const maxUint64 = 2n ** 64n - 1n;

/**
 * Reads a plain scalar as Kubernetes' YAML library does, which is YAML 1.1 with exceptions: `y` and
 * `on` are booleans, `010` and `0o10` are eight, underscores in numbers are skipped, dates and base
 * 60 stay text, and so does what no 64 bits hold. Throws RangeError for infinity and NaN, which
 * JSON has not.
 */
export function readYamlScalar(text: string): YamlScalar {
  if (trueWords.test(text)) return true;
  if (falseWords.test(text)) return false;
  if (nullWords.test(text)) return null;
  if (notFinite.test(text)) throw new RangeError(`${text} is not a number of JSON`);
  return /^[-+.0-9]/.test(text) ? readNumber(text) : text;
}

function readNumber(text: string): YamlScalar {
  const plain = text.replaceAll('_', '');
  return readInteger(plain) ?? readFloat(plain, text);
}

function readInteger(text: string): number | bigint | undefined {
  const [, sign = '', hex, binary, octal, decimal] = integer.exec(text) ?? [];
  const digits = [hex && `0x${hex}`, binary && `0b${binary}`, octal && `0o${octal}`, decimal];
  const magnitude = digits.find(Boolean);
  if (magnitude === undefined) return undefined;
  const value = sign === '-' ? -BigInt(magnitude) : BigInt(magnitude);
  const fits = value >= minInt64 && value <= (sign === '' ? maxUint64 : maxInt64);
  if (!fits) return undefined;
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}

function readFloat(plain: string, text: string): number | string {
  if (!float.test(plain)) return text;
  const value = Number(plain);
  return Number.isFinite(value) ? value : text;
}
