import type { Attack } from '../../attack.ts';
import { harmlessPod } from '../../harmless-pod.ts';
import { applying, creating, deleting, merging, target } from '../../target.ts';
import { asking, tryAll } from '../../tries.ts';
import { baitName } from '../../world.ts';

export const writeNeighbour: Attack = {
  id: 'neighbours/write',
  title: "writes into a neighbour's namespace: Pods, ConfigMaps, deletions, exec",
  why: "a Pod there runs as the neighbour's accounts and reads the neighbour's Secrets",
  remedy: 'find the role that grants it; bind tenants in their own namespaces only',
  attempt(world) {
    const { namespace } = world.neighbour;
    const bait = target('v1', 'ConfigMap', baitName, namespace);
    const one = (subresource: string) =>
      asking({ verb: 'create', resource: 'pods', subresource, namespace });
    return tryAll(world, [
      { what: 'by a Pod', send: creating(harmlessPod(namespace)) },
      { what: 'by a patch', send: merging(bait, { data: { bait: 'mine' } }) },
      { what: 'by server-side apply', send: applying({ ...bait, data: { bait: 'mine' } }) },
      { what: 'by deleting', send: deleting(bait) },
      ...['exec', 'attach', 'portforward', 'proxy'].map((each) => ({
        what: `by ${each}`,
        send: one(each),
      })),
    ]);
  },
};
