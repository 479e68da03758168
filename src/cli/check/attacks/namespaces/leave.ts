import { tenantLabel } from '../../../../access/tenancy/vocabulary.ts';
import { pointerToken } from '../../../../kube/json-pointer.ts';
import type { Attack } from '../../attack.ts';
import { merging, patching, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutTenants } from '../../world.ts';

export const leaveTenant: Attack = {
  id: 'namespaces/leave',
  title: 'takes its own namespace out of its tenant',
  why: 'it would be rid of the policies and quotas of its tenant, and keep its rights',
  remedy: 'the label and the owner reference of a namespace must stay as they are for its owners',
  async attempt(world) {
    const { attacker } = world;
    const of = target('v1', 'Namespace', attacker.namespace);
    const path = `/metadata/labels/${pointerToken(tenantLabel)}`;
    const left = (answer: { metadata: { labels?: Record<string, string> } }) =>
      answer.metadata.labels?.[tenantLabel] !== attacker.tenant;
    return (
      withoutTenants(world) ??
      tryAll(world, [
        {
          what: 'by taking the label off',
          send: merging(of, { metadata: { labels: { [tenantLabel]: null } } }),
          took: left,
        },
        { what: 'by a JSON patch', send: patching(of, { op: 'remove', path }), took: left },
        {
          what: 'by taking its owner off',
          send: merging(of, { metadata: { ownerReferences: null } }),
          took: ({ metadata }) =>
            !(metadata.ownerReferences ?? []).some(({ name }) => name === attacker.tenant),
        },
      ])
    );
  },
};
