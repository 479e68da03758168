import { capsuleGroup } from '../../api/capsule/group.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { shownBy } from '../../access/visibility/cluster-resources.ts';
import type { LabelSelector } from '../../kube/label-selector.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { CallerView, KindFacts } from '../view/caller-view.ts';
import { listOverNamespaces } from './all-namespaces.ts';
import { impersonate, type Decision, type Visible } from './decision.ts';
import { filterFor } from './filter-for.ts';
import { anyVisible } from './is-visible.ts';
import { operationsOf, proxyKindOf, shownByTenants } from './proxied-kinds.ts';

/**
 * What becomes of a request. Whatever nothing here is about is done with the caller's own rights: only
 * the verbs, kinds and paths that are named are ever sent on as the proxy.
 */
export function decide(asked: ApiRequest, view: CallerView, facts: KindFacts): Decision {
  if (!asked.isResource || asked.subresource !== undefined || !view.isTenantUser) {
    return impersonate;
  }
  return reviewOf(asked) ?? ofObjects(asked, view, facts);
}

function ofObjects(asked: ApiRequest, view: CallerView, facts: KindFacts): Decision {
  const { group, resource, verb, name } = asked;
  const isList = verb === 'list' || verb === 'watch';
  if (!isList && name === undefined) return impersonate;
  if (group === '' && resource === 'namespaces') return ofNamespaces(asked, view, facts);
  if (asked.namespace !== undefined) return inNamespace(asked, view);
  if (group === capsuleGroup && resource === 'tenants') return ofTenants(asked, view);
  if (facts.scope === 'cluster') return ofCluster(asked, view, facts);
  return facts.scope === 'namespaced' && isList ? listOverNamespaces(facts) : impersonate;
}

function reviewOf({ verb, group, resource, namespace, name }: ApiRequest): Decision | undefined {
  if (verb !== 'create' || group !== 'authorization.k8s.io') return undefined;
  if (namespace !== undefined || name !== undefined) return undefined;
  if (resource === 'selfsubjectaccessreviews') return { kind: 'review', of: 'access' };
  return resource === 'selfsubjectrulesreviews' ? { kind: 'review', of: 'rules' } : undefined;
}

/** Clients that create what is missing look for it first, in a namespace that they will create too. */
function inNamespace({ verb, name }: ApiRequest, { tenants }: CallerView): Decision {
  // Who may create namespaces can find out anyhow which there are; nobody else is told.
  const mayCreate = tenants.some(({ isOwned }) => isOwned);
  return verb === 'get' && name !== undefined && mayCreate
    ? { kind: 'impersonate', forbiddenAs: 'not-found-without-namespace' }
    : impersonate;
}

function ofNamespaces(asked: ApiRequest, view: CallerView, facts: KindFacts): Decision {
  const operation = operationOf(asked.verb);
  if (operation === undefined) return impersonate;
  const { namespaceNames: names } = facts;
  const visible = names ? { names } : seenNamespaces(view, asked, operation);
  return seen(asked, visible, { areNamed: true });
}

/** Namespaces that a caller sees: by the tenant that they are labelled with, by name, and by rules. */
export function seenNamespaces(
  view: CallerView,
  asked: Pick<ApiRequest, 'group' | 'version' | 'resource'>,
  operation: 'List' | 'Get',
): Visible {
  const { tenants, reflected, clusterResources } = view;
  const ofTenants: LabelSelector = {
    matchExpressions: [
      { key: tenantLabel, operator: 'In', values: tenants.map(({ name }) => name) },
    ],
  };
  const anyOf = [
    ...(tenants.length > 0 ? [ofTenants] : []),
    ...shownBy(clusterResources, asked, operation),
  ];
  return anyVisible([{ names: reflected, anyOf }]);
}

function ofTenants(asked: ApiRequest, { tenants, clusterResources }: CallerView): Decision {
  const operation = operationOf(asked.verb);
  if (operation === undefined) return impersonate;
  const names = tenants.map(({ name }) => name);
  const anyOf = shownBy(clusterResources, asked, operation);
  return seen(asked, anyVisible([{ names, anyOf }]), { areNamed: true });
}

/** Classes, nodes and volumes, which Tenants show; and whatever rules show. */
function ofCluster(asked: ApiRequest, view: CallerView, { isAggregated }: KindFacts): Decision {
  const { verb, group, resource } = asked;
  const needed = operationsOf[verb];
  if (!needed) return impersonate;
  const kind = proxyKindOf(group, resource);
  const byTenants = kind ? shownByTenants(kind, needed, view.tenants) : [];
  const operation = operationOf(verb);
  const byRules = operation ? shownBy(view.clusterResources, asked, operation) : [];
  if (byTenants.length + byRules.length > 0) {
    return seen(asked, anyVisible([...byTenants, { anyOf: byRules }]), { isUnsure: isAggregated });
  }
  return kind ? { kind: 'impersonate', forbiddenAs: 'not-granted' } : impersonate;
}

function seen(
  { verb }: ApiRequest,
  visible: Visible,
  listed: Parameters<typeof filterFor>[1],
): Decision {
  return verb === 'list' || verb === 'watch'
    ? filterFor(visible, listed)
    : { kind: 'one-visible', visible };
}

function operationOf(verb: string): 'List' | 'Get' | undefined {
  if (verb === 'get') return 'Get';
  return verb === 'list' || verb === 'watch' ? 'List' : undefined;
}
