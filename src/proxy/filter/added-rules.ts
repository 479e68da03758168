import { capsuleGroup } from '../../api/capsule/group.ts';
import { shownBy } from '../../access/visibility/cluster-resources.ts';
import { operationsOf, proxiedResources } from '../decide/proxied-kinds.ts';
import type { CallerView } from '../view/caller-view.ts';
import type { ServedType } from '../view/served-kinds.ts';

/** A rule of a SelfSubjectRulesReview (authorization.k8s.io/v1 ResourceRule). */
export interface ResourceRule {
  apiGroups: readonly string[];
  resources: readonly string[];
  verbs: readonly string[];
}

const reading = ['get', 'list', 'watch'];

/**
 * What a caller may do through the proxy beyond its own rights, as far as rules can say it. `served` are
 * the kinds that there are: rules of RBAC know no patterns, and nothing of what is in namespaces is shown.
 */
export function addedRules(
  { isTenantUser, tenants, clusterResources }: CallerView,
  served: readonly ServedType[],
): ResourceRule[] {
  if (!isTenantUser) return [];
  const byTenants = proxiedResources.flatMap(({ group, resource, kind, isReadOnly }) => {
    const verbs = Object.entries(operationsOf)
      .filter(([verb]) => !isReadOnly || reading.includes(verb))
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
    ...bySelectors(clusterResources, served),
  ];
}

/** Each kind once, whatever its versions. */
function bySelectors(
  rules: CallerView['clusterResources'],
  served: readonly ServedType[],
): ResourceRule[] {
  const found = new Map<string, ResourceRule>();
  for (const asked of served) {
    const { group, resource, scope } = asked;
    const key = `${resource}.${group}`;
    const isListed = shownBy(rules, asked, 'List').length > 0;
    const isShown = scope === 'cluster' && shownBy(rules, asked, 'Get').length > 0;
    if (!isShown || (found.has(key) && !isListed)) continue;
    const verbs = isListed ? reading : ['get'];
    found.set(key, { apiGroups: [group], resources: [resource], verbs });
  }
  return [...found.values()];
}
