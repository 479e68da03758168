import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { isRecord } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';

export const persistentVolumeType: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  namespaced: false,
};

const fieldManager = 'projectcapsule.dev/persistent-volume';

/** The namespace whose claim a volume is bound to; undefined if it is free. */
export function claimNamespaceOf({ spec }: KubeObject): string | undefined {
  const claim = isRecord(spec) ? spec['claimRef'] : undefined;
  const namespace = isRecord(claim) ? claim['namespace'] : undefined;
  return typeof namespace === 'string' ? namespace : undefined;
}

/**
 * Makes a function that labels a volume with the tenant of its claim, so that no other tenant can
 * bind it later. A volume that no tenant claims keeps what it has: one that was released still holds
 * the data of its last tenant.
 */
export function keepTenantLabel(client: KubeClient, tenantOf: (namespace: string) => string) {
  return async (volume: KubeObject, signal: AbortSignal): Promise<void> => {
    const { name, uid, labels = {}, deletionTimestamp } = volume.metadata;
    const tenant = tenantOf(claimNamespaceOf(volume) ?? '');
    if (tenant === '' || labels[tenantLabel] === tenant || deletionTimestamp !== undefined) return;
    const body = { metadata: { uid, labels: { [tenantLabel]: tenant } } };
    const patch = { type: 'merge', body } as const;
    await client.patch(persistentVolumeType, { name }, patch, { fieldManager, signal });
  };
}
