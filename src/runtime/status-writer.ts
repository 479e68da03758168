import { isInvalid, isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { equalJson, isRecord } from '../base/json.ts';
import { keyOf, type JsonValue, type KubeObject, type ResourceType } from '../kube/object.ts';
import { readIfThere } from '../kube/read-if-there.ts';
import type { ReadCache } from './cache/read-cache.ts';

/** Fields of a status; an undefined one is absent. */
export type StatusFields = Record<string, unknown>;

export interface StatusTarget {
  client: KubeClient;
  type: ResourceType;
  fieldManager: string;
  /** Takes the answer, so that the next run sees what this one wrote. */
  cache: ReadCache<KubeObject>;
}

/** What became of a status: unchanged and not sent, written, or without an object to belong to. */
export type StatusWrite = 'unchanged' | 'written' | 'gone';

/**
 * Sets `fields` of the status of `object` with at most one patch, and none when the cache says
 * that nothing would change; other fields stay, undefined ones go.
 *
 * A JSON patch that tests the uid: without a resourceVersion it loses no race against writers of
 * spec or metadata, and it never describes another object of the same name (a merge patch would:
 * the status subresource ignores the metadata in it).
 */
export async function writeStatus(
  target: StatusTarget,
  object: KubeObject,
  fields: StatusFields,
): Promise<StatusWrite> {
  const { uid } = object.metadata;
  const cached = target.cache.get(keyOf(object));
  if (!cached || cached.metadata.uid !== uid) return 'gone';
  try {
    return await patch(target, cached, fields);
  } catch (error) {
    if (isNotFound(error)) return 'gone';
    // Either another object, or a status that is not what the cache says.
    if (!isInvalid(error)) throw error;
  }
  const live = await readIfThere(target.client, target.type, keyOf(object));
  if (!live || live.metadata.uid !== uid) return 'gone';
  return await patch(target, live, fields);
}

/** The status as the API server holds it; `{}` before the first one. */
export function statusOf({ status }: KubeObject): StatusFields {
  return isRecord(status) ? status : {};
}

async function patch(
  { client, type, fieldManager, cache }: StatusTarget,
  base: KubeObject,
  fields: StatusFields,
): Promise<StatusWrite> {
  const changes = changesOf(base, fields);
  if (changes.length === 0) return 'unchanged';
  const test: JsonValue = { op: 'test', path: '/metadata/uid', value: base.metadata.uid };
  const body = [test, ...changes];
  const options = { subresource: 'status', fieldManager } as const;
  cache.observe(await client.patch(type, keyOf(base), { type: 'json', body }, options));
  return 'written';
}

/** RFC 6902 operations that set `fields`; `add` replaces what is there. */
function changesOf(base: KubeObject, fields: StatusFields): JsonValue[] {
  const status = statusOf(base);
  const changed = Object.entries(fields).filter(([name, value]) =>
    value === undefined ? status[name] !== undefined : !equalJson(status[name], value),
  );
  if (changed.length > 0 && !isRecord(base['status'])) {
    const value = Object.fromEntries(changed) as JsonValue;
    return [{ op: 'add', path: '/status', value }];
  }
  return changed.map(([name, value]) => {
    const path = `/status/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    // Fields of a kind's status are JSON.
    return value === undefined
      ? { op: 'remove', path }
      : { op: 'add', path, value: value as JsonValue };
  });
}
