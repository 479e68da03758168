import type { Attack } from '../../attack.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { kustomization } from './kustomization.ts';

export const kustomizeElsewhere: Attack = {
  id: 'gitops/elsewhere',
  title: 'creates a Kustomization where the accounts of controllers, or of a neighbour, are',
  why: 'a Kustomization may name any account of its namespace',
  remedy:
    'bind tenants in their own namespaces only, and keep accounts with wide rights out of these',
  attempt(world) {
    const own = kustomization(world, 'elsewhere', {});
    const namespaces = [world.neighbour.namespace, 'kube-system', 'flux-system', 'capsule-system'];
    return tryAll(
      world,
      namespaces.map((namespace) => ({
        what: `in ${namespace}`,
        send: creating({ ...own, metadata: { ...own.metadata, namespace } }),
      })),
      {
        people: [world.attacker.deployer],
        harmless: { what: 'in its own namespace', send: creating(own) },
      },
    );
  },
};
