import type { Attack } from '../../attack.ts';
import { creating, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';

const rbac = 'rbac.authorization.k8s.io';

export const bindElsewhere: Attack = {
  id: 'rbac/bind-elsewhere',
  title: 'gives an account of its own a role in a namespace of others',
  why: 'a role in kube-system or in a neighbour’s namespace opens it',
  remedy: 'bind owners to their roles in their own namespaces only',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  attempt(world) {
    const { attacker, neighbour, unowned, run } = world;
    const subjects = [{ kind: 'ServiceAccount', name: 'deployer', namespace: attacker.namespace }];
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'view' };
    return tryAll(
      world,
      [neighbour.namespace, unowned, 'kube-system'].map((namespace) => ({
        what: `in ${namespace}`,
        send: creating({
          ...target(`${rbac}/v1`, 'RoleBinding', run, namespace),
          roleRef,
          subjects,
        }),
      })),
    );
  },
};
