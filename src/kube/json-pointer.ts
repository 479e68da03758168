/** The reference tokens of a JSON pointer (RFC 6901), unescaped. */
export type JsonPointer = readonly string[];

const maxLength = 1_000;
const maxTokens = 64;

/** `/metadata/annotations/a~1b` as tokens; undefined when it is no pointer or beyond any object. */
export function parseJsonPointer(text: string): JsonPointer | undefined {
  if (text.length > maxLength || (text !== '' && !text.startsWith('/'))) return undefined;
  if (/~(?![01])/.test(text)) return undefined;
  const tokens = text.split('/').slice(1);
  return tokens.length > maxTokens ? undefined : tokens.map(unescape);
}

/** A reference token as it is written in a pointer. */
export const pointerToken = (name: string): string =>
  name.replaceAll('~', '~0').replaceAll('/', '~1');

const unescape = (token: string) => token.replaceAll('~1', '/').replaceAll('~0', '~');

/** The array index that a token is; undefined when it is none. */
export function arrayIndex(token: string): number | undefined {
  return /^(?:0|[1-9]\d{0,8})$/.test(token) ? Number(token) : undefined;
}
