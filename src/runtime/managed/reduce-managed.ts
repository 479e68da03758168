import { entriesHash, managerEntryHash } from '../../kube/managed-fields.ts';
import type { KubeObject, ObjectKey, ObjectMeta } from '../../kube/object.ts';
import { readinessOf } from '../../kube/readiness.ts';
import {
  isOutdated,
  takenEntries,
  takeoverPatch,
  type TakeoverOptions,
} from '../../kube/takeover.ts';
import type { ManagedState } from './managed-state.ts';

/** What makes an object one of ours, and what its owners need to know of it. */
export interface ManagedProfile<Marks> {
  /** Labels that name the owner. */
  ownerLabels: { name: string; namespace: string };
  /** Our field manager, and whose fields it takes over. */
  takeover: TakeoverOptions;
  /** What labels and annotations ask of the owner. */
  marks(meta: ObjectMeta): Marks;
}

/** Keeps of an object what {@link ManagedState} names, and nothing that refers to the rest. */
export function reduceManaged<Marks>(
  object: KubeObject,
  profile: ManagedProfile<Marks>,
): ManagedState<Marks> {
  const { metadata } = object;
  const { managedFields = [] } = metadata;
  return {
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    readiness: readinessOf(object),
    entry: managerEntryHash(object, profile.takeover.manager),
    intruded: takeoverPatch(object, { ...profile.takeover, migrate: false }) !== undefined,
    intrusion: entriesHash(takenEntries(managedFields, profile.takeover)),
    outdated: profile.takeover.migrate === true && isOutdated(object),
    owner: ownerOf(metadata, profile.ownerLabels),
    marks: profile.marks(metadata),
  };
}

function ownerOf(
  { labels = {} }: ObjectMeta,
  ownerLabels: { name: string; namespace: string },
): Required<ObjectKey> | undefined {
  const [name, namespace] = [labels[ownerLabels.name], labels[ownerLabels.namespace]];
  return name && namespace ? { name, namespace } : undefined;
}
