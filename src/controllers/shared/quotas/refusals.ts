import type { Clock } from '../../../base/clock.ts';
import type { KubeObject, ObjectKey } from '../../../kube/object.ts';
import { readAmounts, type Amounts } from '../../../kube/resource-list.ts';

/** How long a refusal counts as a wish for more. */
const validMs = 30_000;

/**
 * What native quota has refused to controllers of the cluster, such as the one that makes the Pods of a
 * Deployment. No webhook is asked about those; the Events they leave say what they needed.
 */
export interface Refusals {
  /** Takes an Event into account, if it is about a quota and not old. */
  note(event: KubeObject): void;
  /** What was refused lately for want of this quota. */
  wantedOf(quota: ObjectKey): Amounts;
  onNote(listener: (quota: ObjectKey) => void): void;
}

const pattern = /exceeded quota: ([^\s,]+), requested: (\S+), used: /;

/** Refusals by quota; only the last of each is kept. */
export function createRefusals(clock: Clock): Refusals {
  const known = new Map<string, { amounts: Amounts; atMs: number }>();
  const listeners = new Set<(quota: ObjectKey) => void>();
  const idOf = ({ namespace = '', name }: ObjectKey) => JSON.stringify([namespace, name]);
  return {
    note(event) {
      const refused = refusalIn(event);
      if (!refused || clock.now() - refused.atMs > validMs) return;
      forgetOld(known, clock.now());
      known.set(idOf(refused.quota), refused);
      for (const listener of listeners) listener(refused.quota);
    },
    wantedOf(quota) {
      const last = known.get(idOf(quota));
      return last && clock.now() - last.atMs <= validMs ? last.amounts : new Map();
    },
    onNote: (listener) => void listeners.add(listener),
  };
}

function forgetOld(known: Map<string, { atMs: number }>, nowMs: number): void {
  for (const [id, { atMs }] of known) if (nowMs - atMs > validMs) known.delete(id);
}

/** What an Event says of a quota: whoever wrote it, it only moves shares. */
function refusalIn(event: KubeObject) {
  const { message, lastTimestamp, eventTime } = event;
  const [, name, list = ''] = pattern.exec(typeof message === 'string' ? message : '') ?? [];
  if (name === undefined) return undefined;
  const time = lastTimestamp ?? eventTime ?? event.metadata.creationTimestamp;
  const pairs = list.split(',').map((pair) => pair.split('=', 2));
  return {
    quota: { namespace: event.metadata.namespace ?? '', name },
    amounts: readAmounts(Object.fromEntries(pairs)),
    atMs: typeof time === 'string' ? Date.parse(time) : Number.NaN,
  };
}
