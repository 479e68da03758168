import type { Attack } from '../../attack.ts';
import { creating, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';

const rbac = 'rbac.authorization.k8s.io';

export const becomeClusterAdmin: Attack = {
  id: 'rbac/cluster-admin',
  title: 'binds itself, or an account of its own, to cluster-admin for the whole cluster',
  why: 'that is the end of all boundaries',
  remedy: 'grant no tenant anything on clusterroles and clusterrolebindings',
  benchmarks: ['MTB-PL1-CC-CPI-1'],
  attempt(world) {
    const { run, attacker } = world;
    const subjects = [
      { kind: 'User', name: attacker.owner.user, apiGroup: rbac },
      { kind: 'ServiceAccount', name: 'deployer', namespace: attacker.namespace },
    ];
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' };
    return tryAll(world, [
      {
        what: 'by a ClusterRoleBinding',
        send: creating({
          ...target(`${rbac}/v1`, 'ClusterRoleBinding', `${run}-admin`),
          roleRef,
          subjects,
        }),
      },
      {
        what: 'by a ClusterRole that is aggregated to admin',
        send: creating({
          ...target(`${rbac}/v1`, 'ClusterRole', `${run}-admin`),
          metadata: {
            name: `${run}-admin`,
            labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' },
          },
          rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
        }),
      },
    ]);
  },
};
