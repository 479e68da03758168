import type { Attack } from '../../attack.ts';
import { applying, deleting, merging, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';

export const labelNeighbour: Attack = {
  id: 'namespaces/label-neighbour',
  title: "changes or deletes a neighbour's namespace, or one of nobody",
  why: 'labels of namespaces decide about policies, sources and network; who may ask for namespaces may often patch all of them',
  remedy: 'a role that creates namespaces must not change those of others: hold it by admission',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  attempt(world) {
    const labels = { 'example.com/check': 'yes' };
    const targets = [world.neighbour.namespace, world.unowned].map((name) =>
      target('v1', 'Namespace', name),
    );
    return tryAll(
      world,
      targets.flatMap((of) => [
        { what: 'by a label', send: merging(of, { metadata: { labels } }) },
        { what: 'by an annotation', send: merging(of, { metadata: { annotations: labels } }) },
        {
          what: 'by server-side apply',
          send: applying({ ...of, metadata: { ...of.metadata, labels } }),
        },
        { what: 'by deleting it', send: deleting(of) },
      ]),
    );
  },
};
