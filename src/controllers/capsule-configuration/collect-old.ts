import { createdByLabel, ringCreator } from '../../api/capsule/labels.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { converge } from '../shared/converge.ts';
import { isOfProvisioner } from './provisioner.ts';

interface Collected {
  apiVersion: string;
  kind: string;
  /** Whether an object was made here. */
  isOurs(object: KubeObject): boolean;
}

const rbac = (kind: string): Collected => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  isOurs: isOfProvisioner,
});
const policy = (kind: string): Collected => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  isOurs: ({ metadata }) => metadata.labels?.[createdByLabel] === ringCreator,
});

/** Bindings go first: what is bound to nothing is an error to nobody. */
const kinds: readonly Collected[] = [
  rbac('ClusterRoleBinding'),
  rbac('ClusterRole'),
  ...['Validating', 'Mutating'].flatMap((type) => [
    policy(`${type}AdmissionPolicyBinding`),
    policy(`${type}AdmissionPolicy`),
  ]),
];

/**
 * Makes a function that deletes what is not wanted any more: roles that bear names which the
 * configuration had before, and policies of an older version.
 */
export function collectOld(writing: { client: KubeClient; caches: Caches; fieldManager: string }) {
  const { client, caches } = writing;
  return async (wanted: readonly KubeObject[], signal: AbortSignal): Promise<void> => {
    for (const { apiVersion, kind, isOurs } of kinds) {
      const type = await client.discovery.resourceFor(apiVersion, kind, { signal });
      if (!type) continue;
      const names = new Set(
        wanted.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name),
      );
      const present = caches
        .for<KubeObject>(type)
        .list()
        .filter((live) => isOurs(live) && !names.has(live.metadata.name));
      await converge({ type, desired: [], present }, { ...writing, signal });
    }
  };
}
