import type { KubeObject } from '../../../../kube/object.ts';
import { type Outcome, worstOf } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { typeOf } from '../../target.ts';
import type { World } from '../../world.ts';
import { deployAttack, kustomization } from './kustomization.ts';
import { withoutOwnSource } from './own-source.ts';
import { forbiddenDeployments } from './targets.ts';

const accountName = 'privileged';

export const createAccount: Attack = {
  id: 'gitops/own-account',
  title: 'creates an account, gives it all that it can, and deploys as it',
  why: 'an account with rights elsewhere would carry its repository there',
  remedy: 'let tenants bind roles in their own namespaces only',
  async attempt(world) {
    const none = await withoutOwnSource(world);
    if (none) return none;
    await makeAccount(world);
    const outcomes: Outcome[] = [];
    for (const { name, makes, ...spec } of forbiddenDeployments(world, 'own-account')) {
      const object = kustomization(world, name, { ...spec, serviceAccountName: accountName });
      outcomes.push(await deployAttack(world, object, [makes]));
    }
    return worstOf(outcomes);
  },
};

/** The widest role there is, in the attacker's own namespace, where it may be given. */
async function makeAccount({ attacker: { namespace, deployer } }: World): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  const subject = { kind: 'ServiceAccount', name: accountName, namespace };
  const metadata = { name: accountName, namespace };
  const objects: KubeObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'admin' },
      subjects: [subject],
    },
  ];
  for (const object of objects) {
    const type = await typeOf(deployer.client, object);
    await deployer.client.apply(type, object, { fieldManager: 'tenantry-check', force: true });
  }
}
