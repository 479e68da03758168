import { target } from '../../target.ts';
import type { World } from '../../world.ts';

/** Ways to deploy what the attacker may not make: into the neighbour's namespace, or for the cluster. */
export function forbiddenDeployments({ run, neighbour }: World, name: string) {
  const role = `${run}-${name}`;
  return [
    {
      name,
      path: './examples/check/config-map',
      postBuild: { substitute: { namespace: neighbour.namespace, name } },
      makes: target('v1', 'ConfigMap', name, neighbour.namespace),
    },
    {
      name: `${name}-cluster`,
      path: './examples/check/cluster-role',
      postBuild: { substitute: { name: role, run } },
      makes: target('rbac.authorization.k8s.io/v1', 'ClusterRole', role),
    },
  ];
}
