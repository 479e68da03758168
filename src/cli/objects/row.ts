import type { KubeObject } from '../../kube/object.ts';
import { formatTable } from '../table.ts';
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
}

export function rowOf(kind: AnyKind, object: KubeObject): Row {
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
  };
}

export interface RowFormat {
  /** Shows the namespace of each. */
  withNamespace: boolean;
  /** Names are `kustomization/app`. */
  withKind: boolean;
  header: boolean;
}

/** The table of `tenantry get`: the columns of Flux. */
export function formatRows(
  rows: readonly Row[],
  kindOf: (row: Row) => AnyKind,
  { withNamespace, withKind, header }: RowFormat,
): string {
  const titles = ['NAME', 'REVISION', 'SUSPENDED', 'READY', 'MESSAGE'];
  const cells = rows.map((row) => [
    ...(withNamespace ? [row.namespace] : []),
    withKind ? formatTarget({ kind: kindOf(row), name: row.name }) : row.name,
    shorten(row.revision),
    row.suspended ? 'True' : 'False',
    row.ready,
    shorten(row.message),
  ]);
  return formatTable(
    header ? [...(withNamespace ? ['NAMESPACE'] : []), ...titles] : undefined,
    cells,
  );
}
