import type { KubeObject } from '../../kube/object.ts';
import { capsuleGroup } from '../capsule/group.ts';
import { TenantResource } from '../capsule/tenant-resource.ts';
import { clusterName, installLabels, managerName, type InstallOptions } from './options.ts';
import { aggregatedRole, bindingOf, roleOf, type Grant } from './role.ts';

/**
 * A ClusterRole with this label, set to `true`, lets the tenancy component itself replicate what it
 * allows, for GlobalTenantResources that no ServiceAccount acts for.
 */
export const replicationsLabel = 'tenantry.dev/aggregate-to-replications';

const aggregateTo = (role: string) => `rbac.authorization.k8s.io/aggregate-to-${role}`;

const over = (why: string, ...verbs: string[]): Grant[] => [
  { why, apiGroups: [capsuleGroup], resources: [TenantResource.plural], verbs },
];

/**
 * What the tenancy component needs to replicate, and what Kubernetes' own `view`, `edit` and `admin`
 * gain. Whoever may edit a namespace may replicate from it: it is done as one of its ServiceAccounts,
 * which whoever may create Pods can already act as.
 */
export function replicationRbac(
  options: InstallOptions,
  account: { name: string; namespace: string },
): KubeObject[] {
  const labels = installLabels(options);
  const named = (part: string) => ({ name: clusterName(part, options), labels });
  const [own, watcher] = [named(`${managerName}-replications`), named(`${managerName}-watcher`)];
  const watching = named(`${managerName}-replications-watcher`);
  const edit = over(
    'replicate within a tenant.',
    'create',
    'delete',
    'deletecollection',
    'patch',
    'update',
  );
  const view = over('see what is replicated within a tenant.', 'get', 'list', 'watch');
  const toEditors = { [aggregateTo('admin')]: 'true', [aggregateTo('edit')]: 'true' };
  return [
    aggregatedRole(own, replicationsLabel),
    bindingOf(own, { kind: 'ClusterRole', name: own.name }, account),
    bindingOf(watching, { kind: 'ClusterRole', name: watcher.name }, account),
    roleOf({ ...named('capsule-replications-edit'), labels: { ...labels, ...toEditors } }, edit),
    roleOf(
      {
        ...named('capsule-replications-view'),
        labels: { ...labels, ...toEditors, [aggregateTo('view')]: 'true' },
      },
      view,
    ),
  ];
}
