import type { KubeObject } from '../kube/object.ts';
import type { CacheChange } from './cache/read-cache.ts';
import { statusOf } from './status-writer.ts';

/** The annotation by which anybody asks for a run (`flux reconcile`); any new value is a request. */
export const requestedAtAnnotation = 'reconcile.fluxcd.io/requestedAt';

/**
 * Why a change of a reconciled object makes it run; undefined when it does not. Status, managed
 * fields, labels and other annotations do not: our own status patch must not wake us.
 */
export type Trigger = 'gone' | 'seen' | 'generation' | 'deletion' | 'requested';

export function triggerOf({ before, after }: CacheChange<KubeObject>): Trigger | undefined {
  if (!after) return 'gone';
  const [old, now] = [before?.metadata, after.metadata];
  if (!old || old.uid !== now.uid) return 'seen';
  if (now.deletionTimestamp !== old.deletionTimestamp) return 'deletion';
  if (now.generation !== old.generation) return 'generation';
  const requested = now.annotations?.[requestedAtAnnotation];
  const isNew = requested !== undefined && requested !== old.annotations?.[requestedAtAnnotation];
  return isNew ? 'requested' : undefined;
}

/** The value of the annotation if no run has handled it. */
export function pendingRequest(object: KubeObject): string | undefined {
  const requested = object.metadata.annotations?.[requestedAtAnnotation];
  return requested === statusOf(object)['lastHandledReconcileAt'] ? undefined : requested;
}

/** True when the status speaks of the object as it is: nobody waits for a first answer. */
export function isSettled(object: KubeObject): boolean {
  const { generation, deletionTimestamp } = object.metadata;
  return (
    deletionTimestamp === undefined &&
    statusOf(object)['observedGeneration'] === generation &&
    pendingRequest(object) === undefined
  );
}
