import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { CacheChange, Caches } from '../../runtime/cache/read-cache.ts';

/** Calls back when somebody wants something else of an object; what we say in a status is no wish. */
export function onWish(
  caches: Caches,
  type: ResourceType,
  listener: (change: CacheChange<KubeObject>) => void,
): void {
  const wishOf = (object: KubeObject | undefined) =>
    object && { spec: object['spec'], labels: object.metadata.labels };
  caches.for<KubeObject>(type).onChange((change) => {
    if (!isDeepStrictEqual(wishOf(change.before), wishOf(change.after))) listener(change);
  });
}
