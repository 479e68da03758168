import { isNotFound } from './api-error.ts';
import type { CallOptions, KubeClient } from './client.ts';
import type { KubeObject, ObjectKey, ResourceType } from './object.ts';

/** The object as it is at the moment; undefined if there is none. Throws what else `get` throws. */
export async function readIfThere<T extends KubeObject = KubeObject>(
  client: Pick<KubeClient, 'get'>,
  type: ResourceType,
  key: ObjectKey,
  options: CallOptions = {},
): Promise<T | undefined> {
  try {
    return await client.get<T>(type, key, options);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
