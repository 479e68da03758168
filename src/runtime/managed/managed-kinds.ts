import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import type { ManagedChange } from './kind-table.ts';
import { startKindWatch, type KindWatch } from './kind-watch.ts';
import { createManagedKind, type ManagedKind } from './managed-kind.ts';
import type { ManagedState } from './managed-state.ts';

/** The kinds somebody uses, each watched once, for as long as anyone does. */
export interface ManagedKinds<Marks> {
  find(type: ResourceType): ManagedKind<Marks> | undefined;
  /** Replaces what `user` uses; resolves once all of it was looked at. */
  use(user: string, types: readonly ResourceType[]): Promise<void>;
  close(): void;
}

interface Used<Marks> {
  kind: ManagedKind<Marks>;
  watch: KindWatch;
  users: Set<string>;
}

/**
 * Versions of a kind are watched apart, so that one which is no longer served takes no other along;
 * and so are resources of one kind, so that what is seen of a kind is never of another collection.
 */
export const kindId = (type: ResourceType) =>
  [apiVersionOf(type), type.kind, type.plural, type.namespaced].join('/');

export function createManagedKinds<Marks>(options: {
  client: KubeClient;
  labelSelector: string;
  clock: Clock;
  log: Log;
  reduce(object: KubeObject): ManagedState<Marks>;
  onChange(type: ResourceType, change: ManagedChange<Marks>): void;
}): ManagedKinds<Marks> {
  const { client, labelSelector, clock, log, reduce } = options;
  const kinds = new Map<string, Used<Marks>>();

  const start = (type: ResourceType): Used<Marks> => {
    const id = kindId(type);
    const kind = createManagedKind(reduce, (change) => options.onChange(type, change));
    const { news } = kind;
    const watch = startKindWatch({ client, type, labelSelector, news, clock, log });
    const used = { kind, watch, users: new Set<string>() };
    kinds.set(id, used);
    return used;
  };

  return {
    find: (type) => kinds.get(kindId(type))?.kind,
    async use(user, types) {
      const wanted = new Set(types.map(kindId));
      for (const [id, { watch, users }] of kinds) {
        if (wanted.has(id) || !users.delete(user) || users.size > 0) continue;
        watch.stop();
        kinds.delete(id);
      }
      const used = types.map((type) => kinds.get(kindId(type)) ?? start(type));
      for (const { users } of used) users.add(user);
      await Promise.all(used.map(({ watch }) => watch.settled));
    },
    close() {
      for (const { watch } of kinds.values()) watch.stop();
      kinds.clear();
    },
  };
}
