import type { KubeObject } from '../../kube/object.ts';
import { kinds } from '../kinds.ts';
import { clusterName, installLabels, type InstallOptions } from './options.ts';
import { roleOf, type Grant } from './role.ts';

const aggregateTo = (role: string) => `rbac.authorization.k8s.io/aggregate-to-${role}`;

function grantsOver(why: string, verbs: readonly string[]): Grant[] {
  const groups = new Map<string, string[]>();
  for (const { group, plural } of kinds) {
    groups.set(group, [...(groups.get(group) ?? []), plural]);
  }
  return [...groups].map(([group, resources]) => ({ why, apiGroups: [group], resources, verbs }));
}

/**
 * What Kubernetes' own `view`, `edit` and `admin` gain: whoever may edit a namespace may deploy to
 * it by Git. That gives no rights beyond the namespace, because what is applied is applied as one
 * of its ServiceAccounts, which whoever may create Pods can already act as. Status is left out:
 * it is the manager's word.
 */
export function userRoles(options: InstallOptions): KubeObject[] {
  const labels = installLabels(options);
  const edit = grantsOver('deploy by Git within a namespace.', [
    'create',
    'delete',
    'deletecollection',
    'patch',
    'update',
  ]);
  const view = grantsOver('see what is deployed by Git.', ['get', 'list', 'watch']);
  return [
    roleOf(
      {
        name: clusterName('flux-edit', options),
        labels: { ...labels, [aggregateTo('admin')]: 'true', [aggregateTo('edit')]: 'true' },
      },
      edit,
    ),
    roleOf(
      {
        name: clusterName('flux-view', options),
        labels: {
          ...labels,
          [aggregateTo('admin')]: 'true',
          [aggregateTo('edit')]: 'true',
          [aggregateTo('view')]: 'true',
        },
      },
      view,
    ),
  ];
}
