import { createHash } from 'node:crypto';
import { stringifyJson } from '../../kube/json.ts';
import type { KubeObject, ManagedFieldsEntry, ObjectKey, ObjectMeta } from '../../kube/object.ts';
import { readinessOf } from '../../kube/readiness.ts';
import type { ManagedState } from './managed-state.ts';

/** What makes an object one of ours, and what its owners need to know of it. */
export interface ManagedProfile<Marks> {
  /** Field manager of our server-side apply. */
  fieldManager: string;
  /** Labels that name the owner. */
  ownerLabels: { name: string; namespace: string };
  /** Whether these fields of another manager are taken over when it is seen. */
  isIntruder(entry: ManagedFieldsEntry): boolean;
  /** What labels and annotations ask of the owner. */
  marks(meta: ObjectMeta): Marks;
}

/** Keeps of an object what {@link ManagedState} names, and nothing that refers to the rest. */
export function reduceManaged<Marks>(
  object: KubeObject,
  profile: ManagedProfile<Marks>,
): ManagedState<Marks> {
  const { metadata } = object;
  const entries = metadata.managedFields ?? [];
  const own = entries.find((entry) => isOwn(entry, profile));
  return {
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    readiness: readinessOf(object),
    entry: own && hashOf(own),
    intruded: entries.some((entry) => profile.isIntruder(entry)),
    owner: ownerOf(metadata, profile.ownerLabels),
    marks: profile.marks(metadata),
  };
}

function isOwn<Marks>(entry: ManagedFieldsEntry, { fieldManager }: ManagedProfile<Marks>) {
  return entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource;
}

function hashOf(entry: ManagedFieldsEntry): string {
  return createHash('sha256').update(stringifyJson(entry)).digest('base64url').slice(0, 22);
}

function ownerOf(
  { labels = {} }: ObjectMeta,
  ownerLabels: { name: string; namespace: string },
): Required<ObjectKey> | undefined {
  const [name, namespace] = [labels[ownerLabels.name], labels[ownerLabels.namespace]];
  return name && namespace ? { name, namespace } : undefined;
}
