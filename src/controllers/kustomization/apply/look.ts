import { isNotFound } from '../../../kube/api-error.ts';
import type { KubeObject, ResourceType } from '../../../kube/object.ts';
import { keyOfRef, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import type { View } from './plan.ts';
import { tellFailure } from '../ending/tell-failure.ts';
import type { Work } from '../work.ts';

/** What is known of an object; `full` only of one that was read in this run. */
export interface Look {
  view: View;
  full?: KubeObject;
}

/** What the watch knows; costs nothing. */
export function watchedLook(type: ResourceType, ref: ObjectRef, { target }: Work): Look {
  const seen = target.managed.view(type, keyOfRef(ref));
  return { view: seen.known === 'live' ? { ...seen, read: false } : seen };
}

/** Reads the object where it is, as the tenant. */
export async function readLook(type: ResourceType, ref: ObjectRef, work: Work): Promise<Look> {
  const { target, run } = work;
  try {
    const full = await target.client.get(type, keyOfRef(ref), { signal: run.signal });
    return { view: { known: 'live', live: target.managed.reduce(full), read: true }, full };
  } catch (error) {
    if (isNotFound(error)) return { view: { known: 'absent' } };
    throw await tellFailure(error, { verb: 'get', ref }, work);
  }
}
