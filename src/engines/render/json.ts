/** The part of ECMAScript's JSON source text access that TypeScript's library lacks. */
interface SourceTextJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
}

/** An integer of 16 digits or more; only those may lie beyond 2^53. */
const longInteger = /(?:^|[:,[])\s*-?\d{16}/;
const integer = /^-?\d+$/;

/**
 * JSON.parse that keeps int64: integers beyond ±(2^53 - 1) become BigInt. A `__proto__` key becomes
 * an own property, never a prototype. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  // The reviver is slow, and almost no text needs it.
  if (!longInteger.test(text)) return JSON.parse(text);
  return (JSON as unknown as SourceTextJson).parse(text, (_key, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && integer.test(source)
      ? BigInt(source)
      : value,
  );
}

/** JSON.stringify that writes a BigInt as the integer it is. */
export function stringifyJson(value: unknown): string {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? rawJSON(String(item)) : item,
  );
}
