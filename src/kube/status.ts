import type { CallOptions, KubeClient } from './client.ts';
import { equalJson, isRecord, setOwn } from '../base/json.ts';
import type { JsonValue, KubeObject, ObjectKey, ResourceType } from './object.ts';

/**
 * The smallest RFC 7386 merge patch that turns `before` into `after`; undefined when they are
 * equal. Members that are `undefined` or `null` count as absent, as they do in a merge patch;
 * arrays are replaced whole.
 */
export function mergePatch(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): { [key: string]: JsonValue } | undefined {
  const patch: { [key: string]: JsonValue } = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, next] = [own(before, key), own(after, key)];
    if (next === undefined) {
      if (old !== undefined) setOwn(patch, key, null);
    } else if (isRecord(old) && isRecord(next)) {
      const nested = mergePatch(old, next);
      if (nested) setOwn(patch, key, nested);
    } else if (!equalJson(old, next)) {
      setOwn(patch, key, next);
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/**
 * Writes what changed between two statuses to the status subresource, in one request.
 *
 * Resolves with undefined, without a request, when nothing changed. With `resourceVersion` the
 * write is refused (409) if somebody else wrote in between.
 */
export async function patchStatus<T extends KubeObject>(
  client: KubeClient,
  target: { type: ResourceType; key: ObjectKey; fieldManager: string; resourceVersion?: string },
  statuses: { before: object | undefined; after: object },
  options: CallOptions = {},
): Promise<T | undefined> {
  const status = mergePatch({ ...statuses.before }, { ...statuses.after });
  if (status === undefined) return undefined;
  const { type, key, fieldManager, resourceVersion } = target;
  const body: JsonValue =
    resourceVersion === undefined ? { status } : { status, metadata: { resourceVersion } };
  const patch = { type: 'merge', body } as const;
  return await client.patch<T>(type, key, patch, {
    ...options,
    subresource: 'status',
    fieldManager,
  });
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  const value = Object.hasOwn(record, key) ? record[key] : undefined;
  return value === null ? undefined : value;
}
