import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { converge } from './converge.ts';

export interface EnsureOptions {
  client: KubeClient;
  /** Hold the managed objects. */
  caches: Caches;
  fieldManager: string;
}

/**
 * Makes a function that makes cluster-scoped objects what they should be, with requests only for
 * those that the watch shows to differ.
 */
export function ensureObjects({ client, caches, fieldManager }: EnsureOptions) {
  return async (objects: readonly KubeObject[], signal: AbortSignal): Promise<void> => {
    for (const object of objects) {
      const type = await client.discovery.resourceFor(object.apiVersion, object.kind, { signal });
      // Older clusters have no mutating policies; the webhook does their work there.
      if (type) await ensure(type, object, signal);
    }
  };

  async function ensure(type: ResourceType, object: KubeObject, signal: AbortSignal) {
    const { name } = object.metadata;
    const live = caches.for(type).get({ name });
    const what = { type, desired: [object], present: live ? [live] : [] };
    await converge(what, { client, caches, fieldManager, signal });
  }
}
