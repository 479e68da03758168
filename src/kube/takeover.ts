import type { Patch } from './client.ts';
import { pointerToken } from './json-pointer.ts';
import { isRecord, setOwn } from '../base/json.ts';
import type { JsonValue, KubeObject, ManagedFieldsEntry } from './object.ts';

/** Whose fields are taken over: every manager whose name starts with `prefix` and that wrote by `operation`. */
export interface ForeignManager {
  prefix: string;
  operation: ManagedFieldsEntry['operation'];
}

export interface TakeoverOptions {
  /** The manager that receives the fields, by Apply. */
  manager: string;
  from: readonly ForeignManager[];
  /** Managers that keep what they have although they match. */
  except?: readonly string[];
  /** Annotations to remove, if present. */
  annotations?: readonly string[];
  /** Labels to remove, if present. */
  labels?: readonly string[];
  /**
   * Have every entry name the version of the object. After a CRD gained a version with a defaulted
   * field, an apply fails while an entry still names a version that does not declare it.
   */
  migrate?: boolean;
}

/**
 * Those whose fields Git takes over: kubectl (whatever its command), the manager the API server
 * invents for writes from before the first apply, and our own writes by Update.
 */
export function usualManagers(manager: string): ForeignManager[] {
  return [
    { prefix: 'kubectl', operation: 'Apply' },
    { prefix: 'kubectl', operation: 'Update' },
    { prefix: 'before-first-apply', operation: 'Update' },
    { prefix: manager, operation: 'Update' },
  ];
}

/**
 * The patch that makes `manager` the owner of what others wrote, so that a later apply can change
 * and remove it; undefined when there is nothing to take. Entries of subresources stay. The patch
 * carries the resourceVersion it was computed from: a concurrent write refuses it (409).
 */
export function takeoverPatch(object: KubeObject, options: TakeoverOptions): Patch | undefined {
  const { metadata } = object;
  const operations: JsonValue[] = [
    ...removals('annotations', metadata.annotations, options.annotations ?? []),
    ...removals('labels', metadata.labels, options.labels ?? []),
  ];
  const fields = nextEntries(object, options);
  if (fields) {
    operations.push({ op: 'replace', path: '/metadata/managedFields', value: fields });
  }
  if (operations.length === 0) return undefined;
  const { resourceVersion } = metadata;
  if (resourceVersion !== undefined) {
    const path = '/metadata/resourceVersion';
    operations.push({ op: 'replace', path, value: resourceVersion });
  }
  return { type: 'json', body: operations };
}

/** True when an entry of managedFields names another version than the object has. */
export function isOutdated({ apiVersion, metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some((entry) => entry.apiVersion !== apiVersion);
}

function nextEntries(object: KubeObject, options: TakeoverOptions): JsonValue[] | undefined {
  const entries = object.metadata.managedFields ?? [];
  const merged = mergedEntries(entries, object.apiVersion, options);
  if (!options.migrate || !isOutdated(object)) return merged as unknown as JsonValue[] | undefined;
  const { apiVersion } = object;
  return (merged ?? entries).map((entry) => ({ ...entry, apiVersion }));
}

function mergedEntries(
  entries: readonly ManagedFieldsEntry[],
  apiVersion: string,
  { manager, from, except = [] }: TakeoverOptions,
): ManagedFieldsEntry[] | undefined {
  const taken = takenEntries(entries, { manager, from, except });
  if (taken.length === 0) return undefined;
  const own = entries.find((entry) => isOwn(entry, manager));
  const base: ManagedFieldsEntry = own ?? {
    manager,
    operation: 'Apply',
    apiVersion: taken[0]?.apiVersion ?? apiVersion,
    fieldsType: 'FieldsV1',
    ...(taken[0]?.time === undefined ? {} : { time: taken[0].time }),
  };
  const fieldsV1 = taken.reduce<unknown>(
    (fields, entry) => union(fields, entry.fieldsV1),
    base.fieldsV1 ?? {},
  );
  const rest = entries.filter((entry) => entry !== own && !taken.includes(entry));
  return [{ ...base, fieldsV1: fieldsV1 as JsonValue }, ...rest];
}

/** The entries of managers whose fields are taken over. */
export function takenEntries(
  entries: readonly ManagedFieldsEntry[],
  { manager, from, except = [] }: Omit<TakeoverOptions, 'migrate'>,
): ManagedFieldsEntry[] {
  return entries.filter((entry) => !isOwn(entry, manager) && isTakenOver(entry, { from, except }));
}

const isOwn = (entry: ManagedFieldsEntry, manager: string) =>
  entry.manager === manager && entry.operation === 'Apply' && !isSubresource(entry);

/** True for a manager whose fields are taken over, unless it is our own entry. */
export function isTakenOver(
  entry: ManagedFieldsEntry,
  { from, except = [] }: Pick<TakeoverOptions, 'from' | 'except'>,
): boolean {
  if (isSubresource(entry) || except.includes(entry.manager)) return false;
  return from.some(
    ({ prefix, operation }) => operation === entry.operation && entry.manager.startsWith(prefix),
  );
}

const isSubresource = ({ subresource }: ManagedFieldsEntry) => (subresource ?? '') !== '';

/** The union of two field sets (FieldsV1: a tree whose leaves are empty objects). */
function union(one: unknown, other: unknown): unknown {
  if (!isRecord(one)) return other ?? {};
  if (!isRecord(other)) return one;
  const out: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    setOwn(out, key, Object.hasOwn(out, key) ? union(out[key], value) : value);
  }
  return out;
}

function removals(
  field: 'annotations' | 'labels',
  present: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
): JsonValue[] {
  return names
    .filter((name) => present !== undefined && Object.hasOwn(present, name))
    .map((name) => ({ op: 'remove', path: `/metadata/${field}/${pointerToken(name)}` }));
}
