import { equalJson, isRecord } from '../base/json.ts';
import { pointerToken } from './json-pointer.ts';

/** One operation of a JSON patch (RFC 6902). */
export interface JsonPatchOperation {
  op: 'add' | 'remove' | 'replace';
  path: string;
  value?: unknown;
}

/**
 * The JSON patch that makes `before` into `after`: member by member within objects; a list that
 * differs is replaced whole, so that no operation depends on an index.
 */
export function diffJson(before: unknown, after: unknown, path = ''): JsonPatchOperation[] {
  if (equalJson(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [{ op: 'replace', path, value: after }];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => {
    const at = `${path}/${pointerToken(key)}`;
    const [old, value] = [own(before, key), own(after, key)];
    if (value === undefined) return old === undefined ? [] : [{ op: 'remove' as const, path: at }];
    if (old === undefined) return [{ op: 'add' as const, path: at, value }];
    return diffJson(old, value, at);
  });
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
