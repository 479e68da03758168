import { tenantLabel } from '../../../../access/tenancy/vocabulary.ts';
import type { Attack } from '../../attack.ts';
import { applying, merging, replacing, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutTenants } from '../../world.ts';
import { throughSubresources } from './through-subresources.ts';
import { tenantReference, withLabels } from './tenant-reference.ts';

export const takeOverNamespace: Attack = {
  id: 'namespaces/take-over',
  title: "moves a neighbour's namespace into its own tenant",
  why: 'everything that the neighbour runs and keeps there would be its own',
  remedy: 'let nobody but administrators move a namespace from one tenant to another',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  async attempt(world) {
    const { admin, attacker, neighbour } = world;
    const of = target('v1', 'Namespace', neighbour.namespace);
    const labels = { [tenantLabel]: attacker.tenant };
    return (
      withoutTenants(world) ??
      tryAll(world, [
        { what: 'by a merge patch of the label', send: merging(of, { metadata: { labels } }) },
        {
          what: 'by server-side apply',
          send: applying({ ...of, metadata: { ...of.metadata, labels } }),
        },
        {
          what: 'by owner references',
          send: merging(of, {
            metadata: { ownerReferences: [await tenantReference(world, attacker.tenant)] },
          }),
        },
        {
          what: 'by taking its owner away',
          send: merging(of, { metadata: { ownerReferences: null } }),
        },
        {
          what: 'by an update',
          send: replacing(of, admin, (object) => withLabels(object, labels)),
        },
        ...throughSubresources(of, world),
      ])
    );
  },
};
