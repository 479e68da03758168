import { fieldsOf, hasField, hasValue } from '../../../kube/field-set.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../kube/object.ts';
import { isTakenOver, type TakeoverOptions } from '../../../kube/takeover.ts';

const maxManagers = 4;
const maxPaths = 4;
const maxPathLength = 120;
const maxFields = 5_000;

/**
 * Who changed what of an object that was found otherwise than it was left: managers, how they
 * wrote and which fields, from managedFields; never a value. A removed field has no owner any more,
 * so nobody can be named for it.
 */
export function describeDrift(
  live: KubeObject,
  wanted: KubeObject,
  options: TakeoverOptions,
): string {
  const { managedFields = [] } = live.metadata;
  const isOwn = ({ manager, operation, subresource }: ManagedFieldsEntry) =>
    manager === options.manager && operation === 'Apply' && (subresource ?? '') === '';
  const own = managedFields.filter(isOwn).map(({ fieldsV1 }) => fieldsV1);
  const told = managedFields
    .filter((entry) => !isOwn(entry) && (entry.subresource ?? '') !== 'status')
    .map((entry) => ({ entry, paths: changedPaths(entry, { own, wanted, options }) }))
    .filter(({ paths }) => paths.length > 0);
  if (told.length === 0) {
    return 'a field was removed, or written under our own name: managedFields do not say by whom';
  }
  return shorten(
    told.map(
      ({ entry: { manager, operation }, paths }) =>
        `${shorten(paths, maxPaths)} by ${manager} (${operation})`,
    ),
    maxManagers,
  );
}

/** What of the fields of another manager is ours to say: what Git has, and what is taken over. */
function changedPaths(
  entry: ManagedFieldsEntry,
  { own, wanted, options }: { own: unknown[]; wanted: KubeObject; options: TakeoverOptions },
): string[] {
  const isTaken = isTakenOver(entry, options);
  return fieldsOf(entry.fieldsV1, maxFields)
    .filter(({ keys }) => isTaken || hasValue(wanted, keys))
    .filter(({ keys }) => !own.some((set) => hasField(set, keys)))
    .map(({ path }) => (path.length > maxPathLength ? `${path.slice(0, maxPathLength)}…` : path));
}

function shorten(parts: readonly string[], most: number): string {
  const rest = parts.length - most;
  return [...parts.slice(0, most), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}
