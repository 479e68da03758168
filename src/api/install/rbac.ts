import type { KubeObject } from '../../kube/object.ts';
import {
  homeGrants,
  managerGrants,
  separateTenantGrants,
  tenantGrants,
  watchGrants,
} from './manager-rights.ts';
import { clusterName, installLabels, managerName, type InstallOptions } from './options.ts';
import { aggregatedRole, bindingOf, roleOf } from './role.ts';

/** A ClusterRole with this label, set to `true`, lets the manager watch more kinds. */
export const watcherLabel = 'tenantry.dev/aggregate-to-watcher';

/** What may be watched: kinds of Kubernetes, and those of the platform's own roles. */
export function watcherRoles(options: InstallOptions): KubeObject[] {
  const labels = installLabels(options);
  const named = (part: string) => clusterName(`${managerName}-${part}`, options);
  return [
    aggregatedRole({ name: named('watcher'), labels }, watcherLabel),
    roleOf(
      { name: named('watcher-builtin'), labels: { ...labels, [watcherLabel]: 'true' } },
      watchGrants,
    ),
  ];
}

/** The manager's ServiceAccount and its rights besides those to watch; it is not cluster-admin. */
export function managerRbac(options: InstallOptions): KubeObject[] {
  const { namespace } = options;
  const labels = installLabels(options);
  const account = { name: managerName, namespace };
  const named = (part: string) => ({
    name: clusterName(`${managerName}-${part}`, options),
    labels,
  });
  const [manager, watcher] = [named('manager'), named('watcher')];
  const home = { name: managerName, namespace, labels };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: home },
    roleOf(manager, managerGrants()),
    bindingOf(manager, { kind: 'ClusterRole', name: manager.name }, account),
    bindingOf(watcher, { kind: 'ClusterRole', name: watcher.name }, account),
    ...tenantAccess(options),
    roleOf(home, homeGrants),
    bindingOf(home, { kind: 'Role', name: managerName }, account),
  ];
}

/** Impersonation and credentials: everywhere, or only where tenants are. */
function tenantAccess(options: InstallOptions): KubeObject[] {
  const { namespace, tenantNamespaces } = options;
  const labels = installLabels(options);
  const name = clusterName(`${managerName}-tenant-access`, options);
  const role = { kind: 'ClusterRole', name } as const;
  const account = { name: managerName, namespace };
  const places =
    tenantNamespaces.length === 0
      ? [{ name, labels }]
      : [...new Set([namespace, ...tenantNamespaces])].map((place) => ({
          name,
          namespace: place,
          labels,
        }));
  const grants = [...tenantGrants, ...(options.separateComponents ? separateTenantGrants : [])];
  return [
    roleOf({ name, labels }, grants),
    ...places.map((place) => bindingOf(place, role, account)),
  ];
}
