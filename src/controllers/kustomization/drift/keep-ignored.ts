import { ownerNameLabel, ownerNamespaceLabel } from '../../../api/labels.ts';
import { isRecord, setOwn } from '../../../base/json.ts';
import { hasField } from '../../../kube/field-set.ts';
import type { JsonPointer } from '../../../kube/json-pointer.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../kube/object.ts';
import { childOf, locateField, valueAt, type FieldPlace } from './locate-field.ts';

type Path = readonly (string | number)[];

/**
 * What to apply over `live`, so that it changes nothing of the ignored fields. What another applier
 * owns is left out, which leaves it to that one. Everything else is applied as it is in the
 * cluster: left out, it would be removed, as nobody who applies owns it.
 */
export function keepIgnored(
  wanted: KubeObject,
  live: KubeObject,
  { ignored, manager }: { ignored: readonly JsonPointer[]; manager: string },
): KubeObject {
  const entries = (live.metadata.managedFields ?? []).filter(isObjectApply);
  const setsOf = (isOurs: boolean) =>
    entries.filter((entry) => (entry.manager === manager) === isOurs).map((e) => e.fieldsV1);
  const [own, others] = [setsOf(true), setsOf(false)];
  let object: unknown = wanted;
  for (const pointer of ignored) {
    const place = locateField(pointer, { wanted, live });
    if (!place) continue;
    const isOurs = own.some((set) => hasField(set, place.keys));
    // Not in Git, and not ours: nothing that an apply would touch.
    if (valueAt(object, place.wanted) === undefined && !isOurs) continue;
    const value = ownPart(valueAt(live, place.live), { place, own, others });
    object = replaced(object, place.wanted, value);
  }
  return withOwner(object as KubeObject, wanted);
}

/** Whose an object is, is never left to others, also where all its labels are. */
function withOwner(object: KubeObject, wanted: KubeObject): KubeObject {
  const owner = Object.entries(wanted.metadata.labels ?? {}).filter(
    ([name]) => name === ownerNameLabel || name === ownerNamespaceLabel,
  );
  if (object === wanted || owner.length === 0) return object;
  const labels = { ...object.metadata.labels, ...Object.fromEntries(owner) };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** Of the object itself, by apply. */
function isObjectApply({ operation, subresource }: ManagedFieldsEntry): boolean {
  return operation === 'Apply' && (subresource ?? '') === '';
}

/** A value without what other appliers own of it; undefined when that is all. */
function ownPart(
  value: unknown,
  { place, own, others }: { place: FieldPlace; own: unknown[]; others: unknown[] },
): unknown {
  const at = (set: unknown) => place.keys.reduce<unknown>(childOf, set);
  const mine = own.map(at);
  return others
    .filter((set) => hasField(set, place.keys))
    .reduce<unknown>((rest, set) => without(rest, at(set), mine), value);
}

function without(value: unknown, taken: unknown, mine: readonly unknown[]): unknown {
  const keys = isRecord(taken) ? Object.keys(taken).filter((key) => key !== '.') : [];
  if (keys.length === 0) return undefined;
  if (Array.isArray(value)) return withoutElements(value, keys, mine);
  if (!isRecord(value)) return value;
  const rest: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value)) {
    const key = `f:${name}`;
    const isTaken = isRecord(taken) && Object.hasOwn(taken, key);
    const ours = mine.map((set) => childOf(set, key));
    const left = isTaken ? without(each, taken[key], ours) : each;
    if (left !== undefined) setOwn(rest, name, left);
  }
  return Object.keys(rest).length === 0 ? undefined : rest;
}

/** Elements that others own and we do not; one that both do stays whole, or it would lose ours. */
function withoutElements(
  list: readonly unknown[],
  keys: readonly string[],
  mine: readonly unknown[],
): unknown {
  const foreign = keys.filter((key) => !mine.some((set) => childOf(set, key) !== undefined));
  const rest = list.filter((element) => !foreign.some((key) => isElement(element, key)));
  return rest.length === 0 ? undefined : rest;
}

function isElement(element: unknown, key: string): boolean {
  try {
    const facts: unknown = JSON.parse(key.slice(2));
    if (key.startsWith('v:')) return element === facts;
    if (!key.startsWith('k:') || !isRecord(facts) || !isRecord(element)) return false;
    return Object.entries(facts).every(([name, value]) => element[name] === value);
  } catch {
    return false;
  }
}

/** A copy with another value at a place, or without one; what is not on the way is shared. */
function replaced(node: unknown, [at, ...rest]: Path, value: unknown): unknown {
  if (at === undefined) return value;
  const child = childOf(node, at);
  if (value === undefined && child === undefined) return node;
  const next = rest.length === 0 ? value : replaced(child, rest, value);
  if (Array.isArray(node) && typeof at === 'number') {
    return next === undefined ? node.toSpliced(at, 1) : node.with(at, next);
  }
  const copy: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(isRecord(node) ? node : {})) {
    if (name !== at) setOwn(copy, name, each);
  }
  if (next !== undefined) setOwn(copy, String(at), next);
  return copy;
}

/**
 * The object as if nobody had ever written to the ignored fields: what its managedFields tell then
 * is what of it counts as drift. Without `times`, of two states only the fields are compared.
 */
export function withoutIgnored(
  wanted: KubeObject,
  live: KubeObject,
  { ignored, times = true }: { ignored: readonly JsonPointer[]; times?: boolean },
): KubeObject {
  const places = ignored.flatMap((pointer) => locateField(pointer, { wanted, live }) ?? []);
  const managedFields = (live.metadata.managedFields ?? []).flatMap((entry) => {
    const fieldsV1 = places.reduce<unknown>((set, { keys }) => pruned(set, keys), entry.fieldsV1);
    if (fieldsV1 === undefined) return [];
    const { time, ...rest } = entry;
    return [{ ...rest, ...(times && time !== undefined ? { time } : {}), fieldsV1 }];
  });
  const metadata = { ...live.metadata, managedFields: managedFields as ManagedFieldsEntry[] };
  return { ...live, metadata };
}

/** A field set without a field, and without what held nothing else. */
function pruned(set: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return undefined;
  const child = childOf(set, key);
  if (!isRecord(set) || child === undefined) return set;
  const next = pruned(child, rest);
  const copy: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(set)) {
    const value = name === key ? next : each;
    if (value !== undefined) setOwn(copy, name, value);
  }
  return Object.keys(copy).length === 0 ? undefined : copy;
}
