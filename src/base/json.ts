/** The two parts of ECMAScript's JSON source text access that TypeScript's library lacks. */
interface SourceTextJson {
  rawJSON(text: string): unknown;
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
}
const sourceJson = JSON as unknown as SourceTextJson;

/** An integer token of 16 digits or more; only those may lie beyond 2^53 - 1. */
const longInteger = /(?:^|[:,[])\s*-?\d{16}/;
const integer = /^-?\d+$/;

/**
 * JSON.parse that keeps int64: integers beyond ±(2^53 - 1) become BigInt. Everything else is as
 * JSON.parse gives it, and as fast, because the slow path is taken only when such a number may be
 * present. A `__proto__` key becomes an own property (a legal ConfigMap key), never a prototype;
 * code that copies keys must not assign them one by one (see {@link setOwn}).
 *
 * @throws SyntaxError for text that is not JSON.
 */
export function parseJson(text: string): unknown {
  if (!longInteger.test(text)) return JSON.parse(text);
  return sourceJson.parse(text, (_key, value, { source }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    return source !== undefined && integer.test(source) ? BigInt(source) : value;
  });
}

/** JSON.stringify that writes a BigInt as the integer it is. Object keys with `undefined` are left out. */
export function stringifyJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // The native path refuses BigInt and cycles with the same TypeError; only the former is ours.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, item: unknown) =>
      typeof item === 'bigint' ? sourceJson.rawJSON(String(item)) : item,
    );
  }
}

/** Sets an own property even when the key is `__proto__`, which plain assignment would not. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key !== '__proto__') (target as Record<string, unknown>)[key] = value;
  else
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

/** A JSON object, as opposed to an array, null or a scalar. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Structural equality of JSON values; key order and `undefined` members do not count. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equalJson(ownValue(a, key), ownValue(b, key)));
}

function ownValue(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
