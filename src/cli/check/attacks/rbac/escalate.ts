import type { Attack } from '../../attack.ts';
import { creating, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';

const rbac = 'rbac.authorization.k8s.io';

export const escalate: Attack = {
  id: 'rbac/escalate',
  title: 'gives itself more in its own namespace than it has',
  why: 'what the platform withholds there, such as quotas, would be its own',
  remedy: "grant no tenant the verbs 'escalate' and 'bind' on roles",
  attempt(world) {
    const { namespace, owner } = world.attacker;
    const subjects = [{ kind: 'User', name: owner.user, apiGroup: rbac }];
    return tryAll(
      world,
      [
        {
          what: 'by a Role',
          send: creating({
            ...target(`${rbac}/v1`, 'Role', 'check', namespace),
            rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
          }),
        },
        {
          what: 'by a RoleBinding to cluster-admin',
          send: creating({
            ...target(`${rbac}/v1`, 'RoleBinding', 'check', namespace),
            roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
            subjects,
          }),
        },
      ],
      {
        people: [owner],
        harmless: {
          what: 'a RoleBinding to view',
          send: creating({
            ...target(`${rbac}/v1`, 'RoleBinding', 'check', namespace),
            roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
            subjects,
          }),
        },
      },
    );
  },
};
