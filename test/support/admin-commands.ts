import type { Plane } from '../../src/engines/plane/plane.ts';
import type { ResourceAttributes } from '../../src/kube/access-review.ts';
import type { OwnClient } from '../../src/kube/client.ts';
import { namespaceType } from '../../src/kube/core-resources.ts';
import { userIdentity } from '../../src/kube/identity.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import {
  apply as applyByKubectl,
  kubectl as runKubectl,
  kubectlOk as runKubectlOk,
  type KubectlOptions,
  type KubectlResult,
} from './cluster.ts';
import { eventually } from './eventually.ts';
import { applyAll } from './install.ts';
import { objectGetter, type Get } from './object-getter.ts';
import { conditionOf } from './settled.ts';
import { untilAllowed } from './until-allowed.ts';

/** Who a tenant's owner is to kubectl. */
export interface Owner {
  as: string;
  asGroups: string[];
}

/**
 * How a test acts on a plane. What sets the scene goes straight to the API server: a process of kubectl
 * for each costs a tenth of a second of CPU time.
 */
export interface AdminCommands {
  /** What a test is about: what a user types. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  kubectlOk(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** Applies objects; by kubectl where it is as somebody else. */
  apply(objects: readonly object[], options?: KubectlOptions): Promise<void>;
  get: Get;
  /** Waits until an object of the cluster says that it is ready. */
  ready(kind: string, name: string): Promise<void>;
  /** Creates a namespace of the tenant as its owner, as soon as that may be, and waits for rights in it. */
  ownNamespace(name: string, tenant: string, owner: Owner, right: Right): Promise<void>;
}

/** What an owner may do in a namespace once it is ready to be worked in. */
type Right = Pick<ResourceAttributes, 'group' | 'resource'>;

export function adminCommands(plane: Plane, admin: OwnClient): AdminCommands {
  const get = objectGetter(admin);
  return {
    kubectl: (args, options) => runKubectl(args, { ...options, cluster: plane }),
    kubectlOk: (args, options) => runKubectlOk(args, { ...options, cluster: plane }),
    async apply(objects, options) {
      if (options) await applyByKubectl(objects, { ...options, cluster: plane });
      else await applyAll(admin, objects as KubeObject[]);
    },
    get,
    async ready(kind, name) {
      const isReady = async () => {
        const object = await get(kind, name);
        const { status, observedGeneration = 0 } = conditionOf(object, 'Ready') ?? {};
        return status === 'True' && observedGeneration >= (object.metadata.generation ?? 0);
      };
      await eventually(`${kind} ${name} is ready`, isReady, 240);
    },
    async ownNamespace(name, tenant, { as, asGroups }, right) {
      const identity = userIdentity(as, asGroups);
      const owner = admin.as(identity);
      const labels = { 'capsule.clastix.io/tenant': tenant };
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
      await eventually('the owner creates the namespace', () =>
        owner.create(namespaceType, namespace).then(Boolean),
      );
      await untilAllowed(admin, identity, { verb: 'create', namespace: name, ...right });
    },
  };
}
