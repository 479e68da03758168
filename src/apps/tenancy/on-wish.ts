import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';

/** Calls back when somebody wants something else of an object; what we say in a status is no wish. */
export function onWish(
  caches: Caches,
  type: ResourceType,
  listener: (object: KubeObject) => void,
): void {
  const wishOf = (object: KubeObject | undefined) =>
    object && { spec: object['spec'], labels: object.metadata.labels };
  caches.for(type).onChange(({ before, after }) => {
    const changed = after ?? before;
    if (changed && !isDeepStrictEqual(wishOf(before), wishOf(after))) listener(changed);
  });
}
