import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { converge } from '../shared/converge.ts';
import { clusterRoleBindingType, clusterRoleType } from '../shared/rbac-resources.ts';
import { isOfProvisioner } from './provisioner.ts';

/**
 * Makes a function that deletes the roles of the provisioner that are not wanted any more: those
 * that bear names which the configuration had before.
 */
export function collectRoles({
  client,
  caches,
  fieldManager,
}: {
  client: KubeClient;
  caches: Caches;
  fieldManager: string;
}) {
  return async (wanted: readonly KubeObject[], signal: AbortSignal): Promise<void> => {
    for (const type of [clusterRoleBindingType, clusterRoleType]) {
      const names = new Set(
        wanted.filter(({ kind }) => kind === type.kind).map(({ metadata }) => metadata.name),
      );
      const present = caches
        .for<KubeObject>(type)
        .list()
        .filter((live) => isOfProvisioner(live) && !names.has(live.metadata.name));
      await converge({ type, desired: [], present }, { client, caches, fieldManager, signal });
    }
  };
}
