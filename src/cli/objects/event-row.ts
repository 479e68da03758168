import { findKind } from '../../api/kinds.ts';
import { intAt, textAt } from '../../kube/readiness/readiness-facts.ts';
import type { KubeObject } from '../../kube/object.ts';
import { formatTable } from '../table.ts';
import { shorten } from './facts.ts';

/** What a line about one event says. */
export interface EventRow {
  /** RFC 3339. */
  lastSeen: string;
  type: string;
  reason: string;
  kind: string;
  namespace: string;
  name: string;
  count: number;
  message: string;
}

export function eventRowOf(event: KubeObject): EventRow {
  const times = ['lastTimestamp', 'eventTime', 'firstTimestamp'].map((field) =>
    textAt(event, field),
  );
  const lastSeen = times.find((time) => time !== '') ?? event.metadata.creationTimestamp ?? '';
  return {
    lastSeen,
    type: textAt(event, 'type'),
    reason: textAt(event, 'reason'),
    kind: textAt(event, 'involvedObject', 'kind'),
    namespace: textAt(event, 'involvedObject', 'namespace'),
    name: textAt(event, 'involvedObject', 'name'),
    count: intAt(event, 'count') ?? 1,
    message: textAt(event, 'message'),
  };
}

/** Whether it is about an object of one of these kinds of ours, and not of a namesake. */
export function isOurs(event: KubeObject, kinds: readonly string[]): boolean {
  const [group] = textAt(event, 'involvedObject', 'apiVersion').split('/');
  const kind = findKind(textAt(event, 'involvedObject', 'kind'));
  return kind !== undefined && kinds.includes(kind.kind) && kind.group === group;
}

export function formatEventRows(rows: readonly EventRow[], { header }: { header: boolean }) {
  const namespaces = new Set(rows.map(({ namespace }) => namespace));
  const titles = ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
  const cells = rows.map(({ lastSeen, type, reason, kind, namespace, name, count, message }) => [
    lastSeen,
    type,
    reason,
    namespaces.size > 1 ? `${kind}/${namespace}/${name}` : `${kind}/${name}`,
    shorten(message) + (count > 1 ? ` (${count} times)` : ''),
  ]);
  return formatTable(header ? titles : undefined, cells);
}
