import { isConflict, isInvalid, isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { isRecord } from '../kube/json.ts';
import { keyOf, type JsonValue, type KubeObject, type ResourceType } from '../kube/object.ts';
import { mergePatch } from '../kube/status.ts';
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
 * Makes `status` the status of `object` with at most one merge patch, and none when the cache says
 * that nothing would change. The patch has no resourceVersion, so it cannot lose a race against
 * writers of spec or metadata; it has the uid, so it cannot describe another object of that name.
 */
export async function writeStatus(
  target: StatusTarget,
  object: KubeObject,
  status: StatusFields,
): Promise<StatusWrite> {
  const { client, type, fieldManager, cache } = target;
  const key = keyOf(object);
  const { uid } = object.metadata;
  const cached = cache.get(key);
  if (!cached || cached.metadata.uid !== uid) return 'gone';
  const patch = mergePatch(statusOf(cached), status);
  if (!patch) return 'unchanged';
  const body: JsonValue = { metadata: { uid }, status: patch };
  try {
    const options = { subresource: 'status', fieldManager } as const;
    cache.observe(await client.patch(type, key, { type: 'merge', body }, options));
    return 'written';
  } catch (error) {
    if (isNotFound(error) || isOtherObject(error)) return 'gone';
    throw error;
  }
}

/** The status as the API server holds it; `{}` before the first one. */
export function statusOf({ status }: KubeObject): StatusFields {
  return isRecord(status) ? status : {};
}

/** The uid did not fit: the object was deleted and made anew. */
function isOtherObject(error: unknown): boolean {
  if (isConflict(error)) return true;
  return isInvalid(error) && error.causes.some(({ field }) => field === 'metadata.uid');
}
