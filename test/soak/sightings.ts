import type { KubeClient } from '../../src/kube/client.ts';
import { listWatch } from '../../src/kube/watch.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { idOf, kinds, valueAnnotation, type FleetKind } from './fleet.ts';

/** What of the fleet is in the cluster, and what ever was. */
export interface Sightings extends Disposable {
  /** By id: what is there now. */
  readonly present: ReadonlyMap<string, Seen>;
  /** By id: every object that ever had it; more than one means it was deleted and made again. */
  readonly uids: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Seen {
  uid: string;
  value: string | undefined;
  /** `namespace/name` of the Kustomization that the owner labels name. */
  owner: string | undefined;
}

const owned = 'kustomize.toolkit.fluxcd.io';

/** Watches all kinds of the fleet, through outages of the API server. */
export function watchFleet(client: KubeClient): Sightings {
  const present = new Map<string, Seen>();
  const uids = new Map<string, Set<string>>();
  const stop = new AbortController();

  function see({ id, seen }: { id: string; seen: Seen }): void {
    present.set(id, seen);
    const known = uids.get(id) ?? new Set();
    uids.set(id, known.add(seen.uid));
  }
  async function follow(kind: FleetKind): Promise<void> {
    const reduce = (object: KubeObject) => reduceObject(kind, object);
    const labelSelector = `${owned}/name`;
    const options = { client, type: kinds[kind], labelSelector, reduce, signal: stop.signal };
    for await (const event of listWatch(options)) {
      if (event.type === 'failed') continue;
      if (event.type === 'sync') {
        for (const { id } of event.removed) present.delete(id);
        for (const item of event.items) see(item);
      } else if (event.type === 'removed') present.delete(event.object.id);
      else see(event.object);
    }
  }
  for (const kind of Object.keys(kinds) as FleetKind[]) void follow(kind);
  return { present, uids, [Symbol.dispose]: () => stop.abort() };
}

function reduceObject(kind: FleetKind, { metadata }: KubeObject): { id: string; seen: Seen } {
  const { name, namespace = '', uid = '', annotations, labels } = metadata;
  const [ns, owner] = [labels?.[`${owned}/namespace`], labels?.[`${owned}/name`]];
  return {
    id: idOf({ kind, namespace, name }),
    seen: {
      uid,
      value: annotations?.[valueAnnotation],
      owner: ns && owner ? `${ns}/${owner}` : undefined,
    },
  };
}
