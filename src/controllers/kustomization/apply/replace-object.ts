import { isRecord } from '../../../base/json.ts';
import { keyOfRef, refId } from '../../../api/kustomize/inventory.ts';
import { isInvalid, KubeApiError } from '../../../kube/api-error.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Desired } from '../build/desired.ts';
import type { Work } from '../work.ts';
import type { Look } from './look.ts';
import { fieldManager } from './field-manager.ts';

/** What became of an object whose change was refused; `refused`: it could not be made anew either. */
export type Replacement = { do: 'deleted' } | { do: 'refused'; error: KubeApiError };

/**
 * Deletes an object whose change is immutable, if that was asked for, so that it is made anew: only if
 * a dry run shows that it can be, because a manifest that is invalid in itself is to cost nothing.
 * Undefined: it was not asked for, or is no answer to that error.
 */
export async function replaceObject(
  item: Desired,
  { view }: Look,
  error: unknown,
  work: Work,
): Promise<Replacement | undefined> {
  const { target, run, spec, memory } = work;
  if (view.known !== 'live' || !isRefusedChange(error)) return undefined;
  if (!spec.force && !item.marks.force && !view.live.marks.force) return undefined;
  const refusal = await whyNotAnew(item, work);
  if (refusal) return { do: 'refused', error: refusal };
  const { uid } = view.live;
  const key = keyOfRef(item.ref);
  await target.managed.remove(item.type, { key, uid }, () =>
    target.client.delete(item.type, key, {
      propagationPolicy: 'Background',
      preconditions: { uid },
      signal: run.signal,
    }),
  );
  memory.applied.delete(refId(item.ref));
  memory.replacedAt.set(refId(item.ref), run.clock.now());
  return { do: 'deleted' };
}

/** The API server, or an admission policy, does not allow the change. */
function isRefusedChange(error: unknown): boolean {
  return isInvalid(error) || (error instanceof KubeApiError && /immutable/i.test(error.message));
}

/**
 * Tries to make it, under its own name and with nothing written: that the name is taken is found out
 * last, when all that may be wrong with the manifest was looked at.
 */
async function whyNotAnew(item: Desired, work: Work): Promise<KubeApiError | undefined> {
  const { target, run } = work;
  try {
    const probe = await withoutOwnAllocations(item, work);
    const options = { dryRun: true, fieldManager, signal: run.signal };
    await target.client.create(item.type, probe, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return error.reason === 'AlreadyExists' || isItsOwnPlace(error) ? undefined : error;
  }
}

/** What a quota says, the last to be asked, when one object too many would be there. */
const overQuota = /exceeded quota: [^,]+, requested: (?<requested>.+?), used: /;

/** The count is full with the very object that is to go. Sizes are not: the new one may be larger. */
function isItsOwnPlace({ message }: KubeApiError): boolean {
  const requested = overQuota.exec(message)?.groups?.['requested'];
  return requested?.split(',').every((each) => each.endsWith('=1')) === true;
}

/** Addresses and ports of a Service that it has itself are taken until it is gone. */
async function withoutOwnAllocations(
  { type, ref, object }: Desired,
  { target, run }: Work,
): Promise<KubeObject> {
  const { spec } = object;
  if (ref.kind !== 'Service' || ref.group !== '' || !isRecord(spec)) return object;
  const live = await target.client.get(type, keyOfRef(ref), { signal: run.signal });
  const had = isRecord(live['spec']) ? live['spec'] : {};
  const rest = { ...spec };
  if (spec['clusterIP'] === had['clusterIP'] && spec['clusterIP'] !== 'None') {
    delete rest['clusterIP'];
    delete rest['clusterIPs'];
  }
  if (spec['healthCheckNodePort'] === had['healthCheckNodePort'])
    delete rest['healthCheckNodePort'];
  const taken = new Set(recordsOf(had['ports']).map(({ nodePort }) => nodePort));
  for (const port of recordsOf((rest['ports'] = structuredClone(spec['ports'])))) {
    if (taken.has(port['nodePort'])) delete port['nodePort'];
  }
  return { ...object, spec: rest };
}

const recordsOf = (list: unknown) => (Array.isArray(list) ? list.filter(isRecord) : []);
