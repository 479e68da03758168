import { kinds } from '../../api/kinds.ts';
import type { KubeObject } from '../../kube/object.ts';
import { formatTable } from '../table.ts';
import { cellOf } from './printer-columns.ts';
import { conditionOf, isSuspended, revisionOf, shorten } from './facts.ts';
import { formatTarget, type AnyKind } from './target.ts';

/** What a line about one object says. */
export interface Row {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  /** In full; empty before the first. */
  revision: string;
  suspended: boolean;
  ready: string;
  reason: string;
  message: string;
  /** Of kinds that do not deploy: the columns of `kubectl get`, by name. */
  columns?: Record<string, string>;
}

/** `now`: milliseconds since 1970, for columns that tell an age. */
export function rowOf(kind: AnyKind, object: KubeObject, now = Date.now()): Row {
  const { namespace = '', name } = object.metadata;
  const ready = conditionOf(object, 'Ready');
  return {
    apiVersion: object.apiVersion,
    kind: kind.kind,
    namespace,
    name,
    revision: revisionOf(kind, object),
    suspended: isSuspended(object),
    ready: ready?.status ?? 'False',
    reason: ready?.reason ?? '',
    message: ready?.message ?? 'waiting to be reconciled',
    ...(!kinds.includes(kind) && { columns: columnsOf(kind, object, now) }),
  };
}

function columnsOf({ columns }: AnyKind, object: KubeObject, now: number): Record<string, string> {
  return Object.fromEntries(columns.map((column) => [column.name, cellOf(column, object, now)]));
}

export interface RowFormat {
  /** Shows the namespace of each. */
  withNamespace: boolean;
  /** Names are `kustomization/app`. */
  withKind: boolean;
  header: boolean;
}

/** The table of `tenantry get`: the columns of Flux, or those of the kind where it does not deploy. */
export function formatRows(
  rows: readonly Row[],
  kindOf: (row: Row) => AnyKind,
  { withNamespace, withKind, header }: RowFormat,
): string {
  const isNamespaced = rows.some(({ namespace }) => namespace !== '');
  const cells = rows.map((row) => [
    ...(withNamespace && isNamespaced ? [row.namespace] : []),
    withKind ? formatTarget({ kind: kindOf(row), name: row.name }) : row.name,
    ...(row.columns ? Object.values(row.columns) : deployCells(row)),
  ]);
  const [first] = rows;
  const titles = first?.columns ? Object.keys(first.columns) : deployTitles;
  const all = [...(withNamespace && isNamespaced ? ['NAMESPACE'] : []), 'NAME', ...titles];
  return formatTable(header ? all.map((title) => title.toUpperCase()) : undefined, cells);
}

const deployTitles = ['REVISION', 'SUSPENDED', 'READY', 'MESSAGE'];

function deployCells({ revision, suspended, ready, message }: Row): string[] {
  return [shorten(revision), suspended ? 'True' : 'False', ready, shorten(message)];
}
