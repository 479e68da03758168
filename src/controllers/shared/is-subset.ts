import { isRecord } from '../../base/json.ts';

/**
 * Whether `live` says at least what `wanted` says: every member of every object, and lists of the
 * same length. What the API server added by default does not count as a difference, nor does an
 * empty list that it left out, as it does in its own kinds.
 */
export function isSubset(wanted: unknown, live: unknown): boolean {
  if (Array.isArray(wanted)) {
    if (live === undefined) return wanted.length === 0;
    if (!Array.isArray(live) || live.length !== wanted.length) return false;
    return wanted.every((item, index) => isSubset(item, live[index]));
  }
  if (isRecord(wanted)) {
    if (!isRecord(live)) return false;
    return Object.entries(wanted).every(
      ([key, value]) => value === undefined || isSubset(value, live[key]),
    );
  }
  return wanted === live;
}
