import { isConflict, isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { keyOf, type JsonValue, type KubeObject, type ResourceType } from '../kube/object.ts';
import { readIfThere } from '../kube/read-if-there.ts';

/** How often a removal that others' writes interfere with is tried again at once. */
const maxAttempts = 5;

/** The object is not as it was when its run began: it is looked at again, and nothing is said of it. */
export class CollisionError extends Error {
  override name = 'CollisionError';
  override message = 'the object changed meanwhile';
}

export interface FinalizerTarget {
  client: KubeClient;
  type: ResourceType;
  finalizer: string;
  fieldManager: string;
}

export function hasFinalizer({ metadata }: KubeObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false;
}

/**
 * Adds our finalizer, and annotations along with it, and answers with the object as it is then;
 * undefined when the object changed meanwhile or is gone, so that the caller looks again before it
 * does anything to undo.
 */
export async function addFinalizer(
  target: FinalizerTarget,
  object: KubeObject,
  annotations: Record<string, string> = {},
): Promise<KubeObject | undefined> {
  const finalizers = [...(object.metadata.finalizers ?? []), target.finalizer];
  try {
    return await write(target, object, { finalizers, annotations });
  } catch (error) {
    if (isConflict(error) || isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Removes our finalizer, and no other, from an object whose cleanup succeeded. Answers with the
 * object's last state, or undefined when it is gone already.
 */
export async function removeFinalizer(
  target: FinalizerTarget,
  object: KubeObject,
): Promise<KubeObject | undefined> {
  const { client, type, finalizer } = target;
  let current = object;
  for (let attempt = 1; ; attempt++) {
    const rest = (current.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    try {
      return hasFinalizer(current, finalizer)
        ? await write(target, current, { finalizers: rest })
        : current;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!isConflict(error) || attempt === maxAttempts) throw error;
    }
    const live = await readIfThere(client, type, keyOf(object));
    if (live?.metadata.uid !== object.metadata.uid) return undefined;
    current = live ?? current;
  }
}

function write(
  { client, type, fieldManager }: FinalizerTarget,
  object: KubeObject,
  changes: { finalizers: string[]; annotations?: Record<string, string> },
): Promise<KubeObject> {
  // The list is written as a whole: the precondition keeps others' finalizers from being lost.
  const { uid, resourceVersion } = object.metadata;
  const body: JsonValue = { metadata: { uid, resourceVersion, ...changes } };
  return client.patch(type, keyOf(object), { type: 'merge', body }, { fieldManager });
}
