import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { deployerTypes } from './deployer-resources.ts';

/** An object that deploys, by its metadata. */
export interface Deployer {
  type: ResourceType;
  object: KubeObject;
}

/** What deploys in each namespace and has something to take away when it goes. */
export interface Deployers {
  in(namespace: string): Deployer[];
  /** Calls back with the namespace in which the first one came, or one went. */
  onChange(listener: (namespace: string) => void): void;
}

/** Reads caches of metadata; a kind that the cluster does not serve has no objects. */
export function deployersIn(caches: Caches): Deployers {
  const hasWork = (object: KubeObject | undefined) =>
    (object?.metadata.finalizers ?? []).length > 0;
  return {
    in: (namespace) =>
      deployerTypes.flatMap((type) =>
        caches
          .for<KubeObject>(type)
          .list(namespace)
          .filter(hasWork)
          .map((object) => ({ type, object })),
      ),
    onChange(listener) {
      for (const type of deployerTypes) {
        caches.for<KubeObject>(type).onChange(({ before, after }) => {
          const { namespace = '' } = (after ?? before)?.metadata ?? {};
          if (hasWork(before) !== hasWork(after)) listener(namespace);
        });
      }
    },
  };
}
