import { isRecord } from '../../base/json.ts';
import { re2 } from '../../base/re2/re2.ts';

/** A regular expression that an object says, and where. */
export interface PatternAt {
  path: string;
  pattern: string;
}

/** Fields that hold a pattern, and those that hold patterns by key. */
const patternFields = new Set(['allowedRegex', 'deniedRegex', 'exp', 'protectedNamespaceRegex']);
const patternMaps = new Set(['requiredMetadata']);

/** The patterns of an object as it was sent that cannot be matched; the first comes first. */
export function badPatterns(value: unknown, path: string): PatternAt[] {
  return patternsIn(value, path).filter(({ pattern }) => re2(pattern) === undefined);
}

function patternsIn(value: unknown, path: string): PatternAt[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => patternsIn(item, `${path}[${index}]`));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const at = `${path}.${key}`;
    if (typeof member === 'string') {
      return patternFields.has(key) && member !== '' ? [{ path: at, pattern: member }] : [];
    }
    return patternMaps.has(key) ? textsIn(member, at) : patternsIn(member, at);
  });
}

function textsIn(value: unknown, path: string): PatternAt[] {
  if (typeof value === 'string') return [{ path, pattern: value }];
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => textsIn(member, `${path}.${key}`));
}
