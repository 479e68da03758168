import { createHash } from 'node:crypto';
import {
  createdByLabel,
  legacyResourcesLabel,
  managedByLabel,
  managedByReplications,
  replicationAnnotation,
} from '../../../api/capsule/labels.ts';
import { stringifyJson } from '../../../base/json.ts';
import { fieldConflictsOf } from '../../../kube/apply.ts';
import { isConflict, isNotFound, KubeApiError } from '../../../kube/api-error.ts';
import { keyOf, type KubeObject, type ObjectKey, type ResourceType } from '../../../kube/object.ts';
import { refusalText } from '../refusal-text.ts';
import { decide, type Decision, type Seen, type Situation } from './decide.ts';
import { isManagerOfCapsule, managerOf } from './field-manager.ts';
import { formatItem, type Item } from './item.ts';
import type { Work } from './work.ts';

/** What became of one item. */
export type Applied =
  | { result: 'right'; uid: string; isMade: boolean; written: boolean }
  | { result: 'wrong'; why: string }
  /** Its namespace is gone, or going: it is nobody's concern any more. */
  | { result: 'gone' };

/** Looks at an object that others change meanwhile before it is left for later. */
const maxRounds = 4;
/** A version no object ever has: an apply that carries it is refused unless there is no object. */
const noVersion = '1';

/**
 * Makes one object what is wanted of it, with as few requests as what is known allows. Every write
 * carries what it assumes (that there is no such object, or which), so none ever lands on an object
 * that is somebody else's.
 */
export async function applyItem(
  item: Item,
  recorded: Situation['recorded'],
  trustMs: number,
  work: Work,
): Promise<Applied> {
  const { replication, memory, deps, run, actor } = work;
  const manager = managerOf(replication.mark, item.id);
  const wanted = { hash: hashOf(item, work), manager };
  let seen: Seen = deps.objects.view(item.type, keyOf(item.object));
  for (let round = 0; round < maxRounds; round++) {
    const decision = decide({
      wanted,
      seen,
      left: memory.left.get(item.id),
      recorded,
      mark: replication.mark,
      adopt: replication.spec.settings.adopt,
      nowMs: run.clock.now(),
      trustMs,
    });
    if (decision.do === 'refuse') return { result: 'wrong', why: refusal(item, decision.why) };
    if (decision.do === 'unchanged') {
      const { uid, isMade } = decision;
      return { result: 'right', uid, isMade, written: false };
    }
    const written = isWrite(decision) && (await write(item, decision, wanted, work));
    if (written) return written;
    const found = await look(item, actor.client, run.signal);
    if (typeof found === 'string') return { result: 'wrong', why: found };
    seen = found ? { known: 'live', live: deps.objects.reduce(found) } : { known: 'absent' };
  }
  const name = formatItem(item.type, keyOf(item.object));
  return { result: 'wrong', why: `${name} is changed by others faster than it can be applied` };
}

/** Of all that makes the write what it is; kept in memory only. */
function hashOf({ object }: Item, { replication, actor }: Work): string {
  const { force } = replication.spec.settings;
  const by = [actor.account ?? null, force, replication.mark];
  return createHash('sha256')
    .update(JSON.stringify(by))
    .update(stringifyJson(object))
    .digest('base64url');
}

function refusal({ type, object }: Item, why: 'exists' | 'deleting'): string {
  const name = formatItem(type, keyOf(object));
  if (why === 'deleting') return `object ${name} is being deleted`;
  return `object ${name} exists and cannot be adopted`;
}

async function look(
  { type, object }: Item,
  client: Work['actor']['client'],
  signal: AbortSignal,
): Promise<KubeObject | undefined | string> {
  try {
    return await client.get(type, keyOf(object), { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (!(error instanceof KubeApiError)) throw error;
    return refusalText(error, type.kind);
  }
}

type Write = { do: 'create' } | { do: 'update'; uid: string; isMade: boolean };

const isWrite = (decision: Decision): decision is Write =>
  decision.do === 'create' || decision.do === 'update';

/** Undefined: the assumption was wrong; look again. */
async function write(
  item: Item,
  decision: Write,
  { hash, manager }: Situation['wanted'],
  work: Work,
): Promise<Applied | undefined> {
  const { replication, actor, memory, deps, run } = work;
  const isMade = decision.do === 'create' || decision.isMade;
  const marked = withMarks(item.object, isMade ? replication.mark : undefined);
  const guard = decision.do === 'create' ? { resourceVersion: noVersion } : { uid: decision.uid };
  const guarded = { ...marked, metadata: { ...marked.metadata, ...guard } };
  const options = {
    fieldManager: manager,
    force: replication.spec.settings.force,
    signal: run.signal,
  };
  const { type } = item;
  const key = keyOf(item.object);
  const apply = async (force: boolean) =>
    (await actor.client.apply(type, guarded, { ...options, force })).object;
  try {
    const { uid, marks } = await deps.objects.write(type, key, async () => {
      try {
        return await apply(options.force);
      } catch (error) {
        // What Capsule's replication held of it is ours to take; nobody will give it up.
        if (!isMade || !isOfCapsule(error)) throw error;
        return await apply(true);
      }
    });
    if (marks.capsule === 'legacy') await takeOffLegacyLabel(type, key, uid, work);
    const entry = marks.entries[manager];
    memory.left.set(item.id, { hash, uid, entry, atMs: run.clock.now() });
    return { result: 'right', uid, isMade, written: true };
  } catch (error) {
    return explainWrite(error, item);
  }
}

/** Nobody has the fields but managers of Capsule's own replications. */
function isOfCapsule(error: unknown): boolean {
  const conflicts = fieldConflictsOf(error);
  return conflicts.length > 0 && conflicts.every(({ manager }) => isManagerOfCapsule(manager));
}

/** Capsule once marked what it replicated by this label alone. */
async function takeOffLegacyLabel(
  type: ResourceType,
  key: ObjectKey,
  uid: string,
  { actor, deps, run }: Work,
): Promise<void> {
  const body = { metadata: { uid, labels: { [legacyResourcesLabel]: null } } };
  const patch = { type: 'merge', body } as const;
  await deps.objects.write(type, key, () =>
    actor.client.patch(type, key, patch, { signal: run.signal }),
  );
}

/** The object with what says whose it is. */
function withMarks(object: KubeObject, mark: string | undefined): KubeObject {
  const { labels, annotations, ...metadata } = object.metadata;
  const managed = { ...labels, [managedByLabel]: managedByReplications };
  if (mark === undefined) {
    return {
      ...object,
      metadata: { ...metadata, labels: managed, ...(annotations && { annotations }) },
    };
  }
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...managed, [createdByLabel]: managedByReplications },
      annotations: { ...annotations, [replicationAnnotation]: mark },
    },
  };
}

function explainWrite(error: unknown, { type, object }: Item): Applied | undefined {
  const name = formatItem(type, keyOf(object));
  const conflicts = fieldConflictsOf(error);
  if (conflicts.length > 0) {
    const fields = conflicts.map(({ field, manager }) => `${field} (of '${manager}')`).join(', ');
    return { result: 'wrong', why: `${name}: conflict with what others have set: ${fields}` };
  }
  if (isConflict(error)) return undefined;
  if (!(error instanceof KubeApiError)) throw error;
  const isGoing = error.causes.some(({ reason }) => reason === 'NamespaceTerminating');
  if (isGoing || (isNotFound(error) && error.message.includes('namespaces "')))
    return { result: 'gone' };
  return { result: 'wrong', why: `${name}: ${refusalText(error, type.kind)}` };
}
