import { type Outcome, worstOf } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { deployAttack, kustomization } from './kustomization.ts';
import { withoutOwnSource } from './own-source.ts';
import { forbiddenDeployments } from './targets.ts';

const accounts = ['kustomize-controller', 'tenantry'];

export const namePrivilegedAccount: Attack = {
  id: 'gitops/privileged-account',
  title: "names the controllers' own account",
  why: 'it may do everything',
  remedy: 'look an account up in the namespace of what names it, and nowhere else',
  async attempt(world) {
    const none = await withoutOwnSource(world);
    if (none) return none;
    const outcomes: Outcome[] = [];
    for (const serviceAccountName of accounts) {
      for (const { name, makes, ...spec } of forbiddenDeployments(world, serviceAccountName)) {
        const object = kustomization(world, name, { ...spec, serviceAccountName });
        outcomes.push(await deployAttack(world, object, [makes]));
      }
    }
    return worstOf(outcomes);
  },
};
