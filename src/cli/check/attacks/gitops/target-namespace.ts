import { target } from '../../target.ts';
import type { Attack } from '../../attack.ts';
import { deployAttack, kustomization } from './kustomization.ts';
import { withoutOwnSource } from './own-source.ts';

export const deployElsewhere: Attack = {
  id: 'gitops/target-namespace',
  title: "deploys into a neighbour's namespace by targetNamespace",
  why: 'what lands there runs among what is the neighbour’s',
  remedy:
    'apply what tenants deploy as their own accounts, and bind these in their own namespaces only',
  async attempt(world) {
    const { attacker, neighbour } = world;
    const name = 'target-namespace';
    const object = kustomization(world, name, {
      targetNamespace: neighbour.namespace,
      postBuild: { substitute: { namespace: attacker.namespace, name } },
    });
    return (
      (await withoutOwnSource(world)) ??
      deployAttack(world, object, [target('v1', 'ConfigMap', name, neighbour.namespace)])
    );
  },
};
