import type { ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { RunningController } from '../../runtime/run-controller.ts';

/** Has every object of a cluster-scoped kind looked at again. */
export function wakeAll(caches: Caches, type: ResourceType, controller: RunningController): void {
  for (const { metadata } of caches.for(type).list()) controller.wake({ name: metadata.name });
}
