import { type Outcome, worstOf } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { deployAttack, kustomization } from './kustomization.ts';
import { withoutOwnSource } from './own-source.ts';
import { forbiddenDeployments } from './targets.ts';

export const deployWithoutAccount: Attack = {
  id: 'gitops/no-account',
  title: 'names no account, so that the controller applies its repository with its own rights',
  why: 'whoever can push would administer the cluster',
  remedy: 'set --default-service-account on the controllers to an account without rights',
  async attempt(world) {
    const none = await withoutOwnSource(world);
    if (none) return none;
    const outcomes: Outcome[] = [];
    for (const { name, makes, ...spec } of forbiddenDeployments(world, 'no-account')) {
      const object = kustomization(world, name, { ...spec, serviceAccountName: undefined });
      outcomes.push(await deployAttack(world, object, [makes]));
    }
    return worstOf(outcomes);
  },
};
