import {
  createdByLabel,
  legacyResourcesLabel,
  managedByLabel,
  managedByReplications,
  replicationAnnotation,
} from '../../../api/capsule/labels.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { managerEntryHash } from '../../../kube/managed-fields.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../../kube/object.ts';
import { createDriftPace } from '../../../runtime/managed/drift-pace.ts';
import type { ManagedChange } from '../../../runtime/managed/kind-table.ts';
import { createManagedKinds, kindId } from '../../../runtime/managed/managed-kinds.ts';
import type { ManagedState, ManagedView } from '../../../runtime/managed/managed-state.ts';
import { prefixOf } from './field-manager.ts';

/** What is kept of a replicated object: who holds what of it. */
export interface ReplicaMarks {
  /** Hash of the entry in managedFields, by manager; of replications only. */
  entries: Readonly<Record<string, string>>;
  /** The replication that made it; undefined of an adopted object. */
  madeBy: string | undefined;
  /** Marked as made by some replication, as Capsule does it: by a label that says nothing more. */
  capsule: 'none' | 'labelled' | 'legacy';
}

export type ReplicaState = ManagedState<ReplicaMarks>;
export type ReplicaView = ManagedView<ReplicaMarks>;

/**
 * The objects that replications wrote, watched once per kind for all of them. A replication says
 * which kinds it uses, and is woken when what it wrote is changed or deleted by others. Where a kind
 * may not be watched, nothing is known of it and replications look for themselves.
 */
export interface ReplicatedObjects {
  /** Replaces the kinds that the replication of this prefix of managers uses. */
  use(prefix: string, types: readonly ResourceType[]): Promise<void>;
  release(prefix: string): void;
  view(type: ResourceType, key: ObjectKey): ReplicaView;
  reduce(object: KubeObject): ReplicaState;
  /** Runs a write of ours, so that its echo wakes nobody. */
  write(type: ResourceType, key: ObjectKey, send: () => Promise<KubeObject>): Promise<ReplicaState>;
  /** Runs a deletion of ours. */
  remove(
    type: ResourceType,
    target: { key: ObjectKey; uid: string },
    send: () => Promise<void>,
  ): Promise<void>;
  close(): void;
}

export interface ReplicatedObjectsOptions {
  /** Watches all namespaces, as the control plane. */
  client: KubeClient;
  clock: Clock;
  log: Log;
  /** Called with the prefix of managers of a replication that is to look again. */
  wake(prefix: string): void;
}

export function createReplicatedObjects(options: ReplicatedObjectsOptions): ReplicatedObjects {
  const { client, clock, log, wake } = options;
  const pace = createDriftPace(clock);
  const kinds = createManagedKinds<ReplicaMarks>({
    client,
    labelSelector: `${managedByLabel}=${managedByReplications}`,
    clock,
    log,
    reduce: reduceReplica,
    onChange(type, change) {
      const concerned = concernedBy(change);
      if (concerned.size === 0) return;
      const id = `${kindId(type)} ${change.id}`;
      const delayMs = pace.delayFor(id);
      if (delayMs === undefined) return;
      clock.after(delayMs, () => {
        pace.release(id);
        for (const prefix of concerned) wake(prefix);
      });
    },
  });
  return {
    use: (prefix, types) => kinds.use(prefix, types),
    release: (prefix) => void kinds.use(prefix, []),
    view: (type, key) => kinds.find(type)?.view(key) ?? { known: 'nothing' },
    reduce: reduceReplica,
    async write(type, key, send) {
      const kind = kinds.find(type);
      return kind ? await kind.write(key, send) : reduceReplica(await send());
    },
    async remove(type, { key, uid }, send) {
      const kind = kinds.find(type);
      await (kind ? kind.remove(key, uid, send) : send());
    },
    close: () => kinds.close(),
  };
}

/** Keeps of an object what {@link ReplicaMarks} names, and nothing that refers to the rest. */
export function reduceReplica(object: KubeObject): ReplicaState {
  const { uid = '', resourceVersion = '', deletionTimestamp, labels = {} } = object.metadata;
  const { annotations = {}, managedFields = [] } = object.metadata;
  const entries: Record<string, string> = {};
  for (const { manager } of managedFields) {
    const hash = prefixOf(manager) && managerEntryHash(object, manager);
    if (hash !== undefined) entries[manager] = hash;
  }
  const isMade = labels[createdByLabel] === managedByReplications;
  return {
    uid,
    resourceVersion,
    deleting: deletionTimestamp !== undefined,
    // Replications do not wait for health.
    readiness: { status: 'Current', message: '' },
    entry: undefined,
    intruded: false,
    outdated: false,
    owner: undefined,
    marks: {
      entries,
      madeBy: isMade ? annotations[replicationAnnotation] : undefined,
      capsule: legacyResourcesLabel in labels ? 'legacy' : isMade ? 'labelled' : 'none',
    },
  };
}

/** Replications whose part of an object somebody else changed, by the prefix of their managers. */
export function concernedBy({ before, after, own }: ManagedChange<ReplicaMarks>): Set<string> {
  const concerned = new Set<string>();
  if (own) return concerned;
  for (const [manager, hash] of Object.entries(before?.marks.entries ?? {})) {
    const isSame =
      after !== undefined &&
      after.uid === before?.uid &&
      after.marks.entries[manager] === hash &&
      after.marks.madeBy === before.marks.madeBy;
    const prefix = prefixOf(manager);
    if (!isSame && prefix !== undefined) concerned.add(prefix);
  }
  return concerned;
}
