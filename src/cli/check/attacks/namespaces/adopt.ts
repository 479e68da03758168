import { tenantLabel } from '../../../../access/tenancy/vocabulary.ts';
import { pointerToken } from '../../../../kube/json-pointer.ts';
import type { Attack } from '../../attack.ts';
import { merging, patching, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutTenants } from '../../world.ts';
import { throughSubresources } from './through-subresources.ts';
import { tenantReference } from './tenant-reference.ts';

export const adoptNamespace: Attack = {
  id: 'namespaces/adopt',
  title: 'puts a namespace of nobody into its own tenant',
  why: 'whoever owns a namespace owns what runs in it, and the accounts in it',
  remedy:
    'let nobody but administrators change the label and the owner reference by which a namespace is a tenant’s',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  async attempt(world) {
    const { attacker, unowned } = world;
    const of = target('v1', 'Namespace', unowned);
    const labels = { [tenantLabel]: attacker.tenant };
    const path = `/metadata/labels/${pointerToken(tenantLabel)}`;
    return (
      withoutTenants(world) ??
      tryAll(world, [
        { what: 'by a merge patch of the label', send: merging(of, { metadata: { labels } }) },
        {
          what: 'by a JSON patch of the label',
          send: patching(of, { op: 'add', path, value: attacker.tenant }),
        },
        {
          what: 'by an owner reference',
          send: merging(of, {
            metadata: { ownerReferences: [await tenantReference(world, attacker.tenant)] },
          }),
        },
        ...throughSubresources(of, world),
      ])
    );
  },
};
