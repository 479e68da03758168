import type { AdditionalMetadata } from '../../api/capsule/metadata.ts';
import type { KubeClient } from '../../kube/client.ts';
import { keyOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { missingMetadata } from './missing-metadata.ts';

const fieldManager = 'projectcapsule.dev/metadata';

export interface MetadataDeps {
  client: KubeClient;
  type: ResourceType;
  /** What the tenant of a namespace puts on such objects; undefined if nothing. */
  wantedIn(namespace: string): AdditionalMetadata | undefined;
}

/**
 * Makes a function that puts a tenant's metadata on one object of its namespaces (`podOptions`,
 * `serviceOptions`). What the tenant says no longer stays, as in Capsule.
 */
export function keepMetadata({ client, type, wantedIn }: MetadataDeps) {
  return async (object: KubeObject, signal: AbortSignal): Promise<void> => {
    const { namespace = '', uid, deletionTimestamp } = object.metadata;
    const wanted = wantedIn(namespace);
    if (!wanted || deletionTimestamp !== undefined) return;
    const addition = missingMetadata(wanted, object.metadata);
    if (!addition) return;
    const patch = { type: 'merge', body: { metadata: { uid, ...addition } } } as const;
    await client.patch(type, keyOf(object), patch, { fieldManager, signal });
  };
}
