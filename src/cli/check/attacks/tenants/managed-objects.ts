import { managedByLabel } from '../../../../api/capsule/labels.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import { untried } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { deleting, merging, target, typeOf } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutTenants, type World } from '../../world.ts';

const kinds = [
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  { apiVersion: 'v1', kind: 'LimitRange' },
];

export const editManagedObjects: Attack = {
  id: 'tenants/managed-objects',
  title: 'changes or deletes what the control plane keeps in its namespace',
  why: 'network policies, limits and roles there are the platform’s word, and not the tenant’s',
  remedy:
    'protect what the control plane manages by admission: roles in a namespace cannot tell it from the rest',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  async attempt(world) {
    const none = withoutTenants(world);
    if (none) return none;
    const objects = await managedIn(world);
    if (objects.length === 0) return untried('nothing in the namespace is labelled as managed');
    return tryAll(
      world,
      objects.flatMap((of) => [
        { what: `${of.kind}, by deleting it`, send: deleting(of) },
        {
          what: `${of.kind}, by taking its label off`,
          send: merging(of, { metadata: { labels: { [managedByLabel]: null } } }),
        },
      ]),
    );
  },
};

async function managedIn({ admin, attacker: { namespace } }: World) {
  const lists = await Promise.all(
    kinds.map(async ({ apiVersion, kind }) => {
      const type = await typeOf(admin, { apiVersion, kind });
      const { items } = await admin.list<KubeObject>(type, {
        namespace,
        labelSelector: managedByLabel,
      });
      return items
        .slice(0, 1)
        .map(({ metadata }) => target(apiVersion, kind, metadata.name, namespace));
    }),
  );
  return lists.flat();
}
