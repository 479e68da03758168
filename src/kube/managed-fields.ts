import { createHash } from 'node:crypto';
import { isRecord, stringifyJson } from '../base/json.ts';
import type { KubeObject, ManagedFieldsEntry } from './object.ts';

/**
 * A hash of what server-side apply recorded of `manager`: its fields and the entry's time. It
 * changes when another manager takes or removes one of those fields, and when somebody writes under
 * our name; it stays the same over a no-op apply and over foreign fields. Undefined without an entry.
 */
export function managerEntryHash(object: KubeObject, manager: string): string | undefined {
  return entriesHash(
    (object.metadata.managedFields ?? []).filter(
      (entry) => entry.manager === manager && isApplied(entry),
    ),
  );
}

/** A hash of what entries say, their times included; undefined of none. */
export function entriesHash(entries: readonly ManagedFieldsEntry[]): string | undefined {
  if (entries.length === 0) return undefined;
  const facts = entries.map(({ apiVersion, time, fieldsV1 }) =>
    canonical([apiVersion ?? '', time ?? '', fieldsV1 ?? null]),
  );
  return createHash('sha256').update(facts.sort().join('\n')).digest('base64url').slice(0, 27);
}

/** An entry of apply to the object itself, not to a subresource. */
function isApplied({ operation, subresource }: ManagedFieldsEntry): boolean {
  return operation === 'Apply' && (subresource ?? '') === '';
}

/**
 * Managers that own the field at `path` (plain field names) or anything below it:
 * `managersOf(object, ['spec', 'replicas'])`. List elements and set members are not addressed.
 */
export function managersOf(object: KubeObject, path: readonly string[]): string[] {
  const owners = (object.metadata.managedFields ?? []).filter(({ fieldsV1 }) => {
    let node: unknown = fieldsV1;
    for (const field of path) {
      const key = `f:${field}`;
      node = isRecord(node) && Object.hasOwn(node, key) ? node[key] : undefined;
    }
    return node !== undefined;
  });
  return [...new Set(owners.map(({ manager }) => manager))];
}

/** JSON with sorted keys: the API server does not promise an order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isRecord(value)) return stringifyJson(value ?? null);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(',')}}`;
}
