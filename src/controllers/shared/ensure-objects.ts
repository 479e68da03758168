import type { KubeClient } from '../../kube/client.ts';
import { referenceId, type KubeObject, type ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { converge } from './converge.ts';

export interface EnsureOptions {
  client: KubeClient;
  /** Hold the managed objects. */
  caches: Caches;
  fieldManager: string;
  /** Called when an object that was ensured is changed or removed by anybody. */
  onChange: () => void;
}

/** An object that could not be made what it should be. */
export interface NotEnsured {
  object: KubeObject;
  error: unknown;
}

/**
 * Makes a function that makes cluster-scoped objects what they should be, with requests only for
 * those that the watch shows to differ. What it has made once is watched from then on. One that fails
 * does not keep the others: it is told at the end.
 */
export function ensureObjects({ client, caches, fieldManager, onChange }: EnsureOptions) {
  const ensured = new Set<string>();
  const watched = new Set<string>();
  return async (objects: readonly KubeObject[], signal: AbortSignal): Promise<NotEnsured[]> => {
    const failed: NotEnsured[] = [];
    for (const object of objects) {
      try {
        const type = await client.discovery.resourceFor(object.apiVersion, object.kind, { signal });
        // Older clusters have no mutating policies; the webhook does their work there.
        if (type) await ensure(type, object, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        failed.push({ object, error });
      }
    }
    return failed;
  };

  async function ensure(type: ResourceType, object: KubeObject, signal: AbortSignal) {
    const { name } = object.metadata;
    watch(type);
    // Before its first list, the watch says of everything that it is not there.
    await caches.for(type).synced(signal);
    ensured.add(referenceId(type, { name }));
    const live = caches.for(type).get({ name });
    const what = { type, desired: [object], present: live ? [live] : [] };
    await converge(what, { client, caches, fieldManager, signal });
  }

  function watch(type: ResourceType) {
    if (watched.has(type.kind)) return;
    watched.add(type.kind);
    caches.for<KubeObject>(type).onChange(({ before, after }) => {
      const changed = after ?? before;
      if (changed && ensured.has(referenceId(type, { name: changed.metadata.name }))) onChange();
    });
  }
}
