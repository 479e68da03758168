import { mediaTypeOf } from './media-type.ts';

export const json = 'application/json';
const maxRanges = 32;

/**
 * What of an `Accept` header asks for JSON, tables included: for answers that are looked at here; and for
 * other types that can be looked at as well. Undefined for a client that takes none of it.
 */
export function jsonAccept(
  accept: string | undefined,
  others: readonly string[] = [],
): string | undefined {
  if (accept === undefined || accept.trim() === '') return json;
  const ranges = accept
    .split(',', maxRanges)
    .map((range) => range.trim())
    .filter((range) => isJson(range) || others.includes(mediaTypeOf(range)));
  return ranges.length === 0 ? undefined : ranges.map(named).join(', ');
}

function isJson(range: string): boolean {
  const type = mediaTypeOf(range);
  return type === json || type === '*/*' || type === 'application/*';
}

function named(range: string): string {
  return mediaTypeOf(range).includes('*') ? json : range;
}
