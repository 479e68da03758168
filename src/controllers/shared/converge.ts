import { createHash } from 'node:crypto';
import { stringifyJson } from '../../base/json.ts';
import { isConflict, isInvalid, isNotFound } from '../../kube/api-error.ts';
import type { KubeClient, Patch } from '../../kube/client.ts';
import { keyOf, type JsonValue, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { pointerToken } from '../../kube/json-pointer.ts';
import { takeoverPatch, type ForeignManager } from '../../kube/takeover.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { isSubset } from './is-subset.ts';

/** On managed objects: a digest of what was applied, so that leaving out a field is noticed. */
export const appliedAnnotation = 'tenantry.dev/applied';

/** As what Capsule's controller wrote: under the name of its program, which changed with its versions. */
const capsuleManagers = ['capsule', 'controller', 'manager', 'cmd'].map(
  (prefix): ForeignManager => ({
    prefix,
    operation: 'Update',
  }),
);

/** Whose everything is by the API server's account, once it was forgotten who wrote what ({@link forgetWriters}). */
const anybody: ForeignManager = { prefix: 'before-first-apply', operation: 'Update' };

export interface ConvergeOptions {
  client: KubeClient;
  /** Hold the managed objects of the kinds. */
  caches: Caches;
  fieldManager: string;
  signal: AbortSignal;
}

/** A kind and the objects of it that should be, among those that are. */
export interface Converging {
  type: ResourceType;
  desired: readonly KubeObject[];
  /** Objects of the kind that are managed for the same thing: what is not desired goes. */
  present: readonly KubeObject[];
}

/**
 * Makes the objects of a kind what they should be: applies those that differ from what the watch
 * knows, deletes those nobody wants any more (exactly those: by uid). No request when nothing differs.
 */
export async function converge(what: Converging, options: ConvergeOptions): Promise<void> {
  const { type, desired, present } = what;
  const wanted = new Set(desired.map(idOf));
  for (const object of desired) {
    await applyIfDifferent(
      type,
      object,
      present.find((live) => idOf(live) === idOf(object)),
      options,
    );
  }
  for (const live of present) if (!wanted.has(idOf(live))) await remove(type, live, options);
}

const idOf = ({ metadata }: KubeObject) =>
  JSON.stringify([metadata.namespace ?? '', metadata.name]);

async function applyIfDifferent(
  type: ResourceType,
  object: KubeObject,
  live: KubeObject | undefined,
  options: ConvergeOptions,
): Promise<void> {
  const { client, caches, fieldManager, signal } = options;
  const signed = withDigest(object);
  if (live && isSubset(signed, live)) return;
  const forced = { fieldManager, signal, force: true };
  const { object: first, created } = await client
    .apply(type, signed, forced)
    .catch(async (error) => {
      if (!live || !(await isImmutable(type, signed, error, { client, signal, fieldManager })))
        throw error;
      await remove(type, live, { client, signal });
      return await client.apply(type, signed, forced);
    });
  const isOurs = live !== undefined || created;
  const current = isOurs ? first : await forgetWriters(type, object, options);
  const applied = await withoutOthers(type, signed, current, options);
  const isExact = isSubset(signed, applied);
  const patch = { fieldManager, signal };
  caches
    .for(type)
    .observe(isExact ? applied : await client.patch(type, keyOf(object), exactly(object), patch));
}

/**
 * Somebody who knew the name made the object before we did, and what it says beyond ours would hold as if the
 * Tenant said it: who may connect, say. Its maker may have said anything about who wrote what, so that is
 * forgotten: everything in it is nobody's then, and {@link withoutOthers} takes it over. The digest goes as well,
 * so that it shows if we get no further.
 */
async function forgetWriters(
  type: ResourceType,
  object: KubeObject,
  { client, fieldManager, signal }: ConvergeOptions,
): Promise<KubeObject> {
  const body = [
    { op: 'replace', path: '/metadata/managedFields', value: [{}] },
    { op: 'remove', path: `/metadata/annotations/${pointerToken(appliedAnnotation)}` },
  ];
  await client.patch(type, keyOf(object), { type: 'json', body }, { fieldManager, signal });
  return (await client.apply(type, object, { fieldManager, signal, force: true })).object;
}

/**
 * What Capsule wrote before we took the object over stays its own, and would stay for good: it becomes
 * ours first, so that the apply takes away what nobody says any more, as a limit or who may connect.
 * Controllers of the cluster write the object's status meanwhile; it shows nowhere later that this is not
 * done, so it is tried again here.
 */
async function withoutOthers(
  type: ResourceType,
  object: KubeObject,
  applied: KubeObject,
  { client, fieldManager, signal }: ConvergeOptions,
): Promise<KubeObject> {
  const others = [...capsuleManagers, anybody];
  let current = applied;
  for (let triesLeft = 5; ; triesLeft--) {
    const patch = takeoverPatch(current, { manager: fieldManager, from: others });
    if (!patch) return current;
    try {
      await client.patch(type, keyOf(object), patch, { fieldManager, signal });
    } catch (error) {
      if (!isConflict(error) || triesLeft === 0) throw error;
    }
    current = (await client.apply(type, object, { fieldManager, signal, force: true })).object;
  }
}

/**
 * Whether an object is refused only because a field of the one that is there cannot change, as the
 * scopes of a ResourceQuota: under another name it would be accepted.
 */
async function isImmutable(
  type: ResourceType,
  object: KubeObject,
  error: unknown,
  { client, fieldManager, signal }: Omit<ConvergeOptions, 'caches'>,
): Promise<boolean> {
  if (!isInvalid(error)) return false;
  const metadata = { ...object.metadata, name: `${object.metadata.name}-new` };
  const options = { fieldManager, signal, dryRun: true };
  try {
    await client.apply(type, { ...object, metadata }, options);
    return true;
  } catch {
    return false;
  }
}

/** What others added to a list that is a set survives an apply; a merge patch replaces lists whole. */
function exactly(object: KubeObject): Patch {
  const own = new Set(['apiVersion', 'kind', 'metadata']);
  const body = Object.fromEntries(Object.entries(object).filter(([field]) => !own.has(field)));
  // Made of JSON values, as every object that is written.
  return { type: 'merge', body: body as JsonValue };
}

/** The object with a digest of itself, by which it shows later that a field was left out. */
export function withDigest(object: KubeObject): KubeObject {
  const digest = createHash('sha256')
    .update(stringifyJson(object))
    .digest('base64url')
    .slice(0, 22);
  const annotations = { ...object.metadata.annotations, [appliedAnnotation]: digest };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

async function remove(
  type: ResourceType,
  { metadata }: KubeObject,
  { client, signal }: Pick<ConvergeOptions, 'client' | 'signal'>,
): Promise<void> {
  if (metadata.deletionTimestamp !== undefined) return;
  try {
    const preconditions = metadata.uid === undefined ? {} : { uid: metadata.uid };
    await client.delete(type, keyOf({ metadata }), { preconditions, signal });
  } catch (error) {
    // Gone, or made anew by somebody else: not what was to be deleted.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
