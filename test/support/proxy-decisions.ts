import type { ClusterResource } from '../../src/api/capsule/cluster-resource.ts';
import type { TenantSpec } from '../../src/api/capsule/tenant.ts';
import type { ApiRequest } from '../../src/proxy/request/api-request.ts';
import type { CallerView, KindFacts, SeenTenant } from '../../src/proxy/view/caller-view.ts';

/** A request as it was read, to /api/v1 unless `more` says otherwise. */
export const asked = (
  verb: string,
  resource: string,
  more: Partial<ApiRequest> = {},
): ApiRequest => ({
  verb,
  group: '',
  version: 'v1',
  resource,
  path: `/api/v1/${resource}`,
  query: new URLSearchParams(),
  isResource: true,
  isWatch: verb === 'watch',
  ...more,
});

// Only what the tests say of a tenant matters; defaults are filled where Tenants are decoded.
export const spec = (more: Partial<TenantSpec> = {}) => more as TenantSpec;
export const oil: SeenTenant = { name: 'oil', spec: spec(), isOwned: true, operations: {} };
export const gas: SeenTenant = { ...oil, name: 'gas' };
/** What a caller may see: all of the tenant oil. */
export const view = (more: Partial<CallerView> = {}): CallerView => ({
  isTenantUser: true,
  tenants: [oil],
  reflected: [],
  clusterResources: [],
  ...more,
});
/** What is known of a kind: it has no namespaces. */
export const facts = (more: Partial<KindFacts> = {}): KindFacts => ({
  scope: 'cluster',
  isAggregated: false,
  listable: [],
  ...more,
});
/** A caller who may do these operations on what the spec of oil shows. */
export const granting = (operations: SeenTenant['operations'], more: Partial<TenantSpec> = {}) =>
  view({ tenants: [{ ...oil, operations, spec: spec(more) }] });
/** A rule that shows whatever is labelled as shared. */
export const shared: ClusterResource = {
  apiGroups: ['*'],
  resources: ['*'],
  operations: ['List', 'Get'],
  selector: { matchLabels: { shared: 'yes' } },
};

/** Left to the rights of the caller. */
export const own = { kind: 'impersonate' };
/** Left to them, with a message of ours. */
export const notGranted = { kind: 'impersonate', forbiddenAs: 'not-granted' };
/** A list with a selector of ours. */
export const bySelector = (requirement: string) => ({ kind: 'filter', requirement });
/** A list that can hold nothing. */
export const emptyList = bySelector('dontexistsignoreme');
