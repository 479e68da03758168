import { capsuleGroup } from '../../api/capsule/group.ts';
import { operationsOf, proxiedResources } from '../decide/proxied-kinds.ts';
import type { CallerView } from '../view/caller-view.ts';

/** A rule of a SelfSubjectRulesReview (authorization.k8s.io/v1 ResourceRule). */
export interface ResourceRule {
  apiGroups: readonly string[];
  resources: readonly string[];
  verbs: readonly string[];
}

const reading = ['get', 'list', 'watch'];

/** What a caller may do through the proxy beyond its own rights, as far as rules can say it. */
export function addedRules({
  isTenantUser,
  tenants,
  clusterResources,
}: CallerView): ResourceRule[] {
  if (!isTenantUser) return [];
  const byTenants = proxiedResources.flatMap(({ group, resource, kind }) => {
    const verbs = Object.entries(operationsOf)
      .filter(([, needed]) =>
        tenants.some(({ operations }) => needed.every((each) => operations[kind]?.includes(each))),
      )
      .map(([verb]) => verb);
    return verbs.length > 0 ? [{ apiGroups: [group], resources: [resource], verbs }] : [];
  });
  return [
    { apiGroups: [''], resources: ['namespaces'], verbs: reading },
    { apiGroups: [capsuleGroup], resources: ['tenants'], verbs: reading },
    ...byTenants,
    ...clusterResources.map(({ apiGroups, resources, operations }) => ({
      apiGroups,
      resources,
      verbs: operations.includes('List') ? reading : ['get'],
    })),
  ];
}
