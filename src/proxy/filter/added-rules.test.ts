import { expect, test } from 'vitest';
import type { ClusterResource } from '../../api/capsule/cluster-resource.ts';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import type { CallerView, SeenTenant } from '../view/caller-view.ts';
import { addedRules } from './added-rules.ts';

const reading = ['get', 'list', 'watch'];
const own = [
  { apiGroups: [''], resources: ['namespaces'], verbs: reading },
  { apiGroups: ['capsule.clastix.io'], resources: ['tenants'], verbs: reading },
];
const view = (more: Partial<CallerView> = {}): CallerView => ({
  isTenantUser: true,
  tenants: [],
  reflected: [],
  clusterResources: [],
  ...more,
});
const shows = (more: Partial<ClusterResource>): ClusterResource => ({
  apiGroups: ['*'],
  resources: ['*'],
  operations: ['List', 'Get'],
  selector: { matchLabels: { shared: 'yes' } },
  ...more,
});
const kind = (
  group: string,
  version: string,
  resource: string,
  scope: 'cluster' | 'namespaced',
) => ({
  group,
  version,
  resource,
  scope,
  isAggregated: false,
});
const served = [
  kind('', 'v1', 'nodes', 'cluster'),
  kind('', 'v1', 'secrets', 'namespaced'),
  kind('node.k8s.io', 'v1', 'runtimeclasses', 'cluster'),
  kind('node.k8s.io', 'v1beta1', 'runtimeclasses', 'cluster'),
];
const added = (...clusterResources: ClusterResource[]) =>
  addedRules(view({ clusterResources }), served).slice(own.length);
const nodes = { apiGroups: [''], resources: ['nodes'], verbs: reading };
const classes = { apiGroups: ['node.k8s.io'], resources: ['runtimeclasses'], verbs: reading };

test('namespaces and tenants are read by users of tenants, and by nobody else', () => {
  expect(addedRules(view(), served)).toEqual(own);
  expect(addedRules(view({ isTenantUser: false, clusterResources: [shows({})] }), served)).toEqual(
    [],
  );
});

test('what selectors show are kinds that there are, and never such in namespaces', () => {
  expect(added(shows({}))).toEqual([nodes, classes]);
  expect(added(shows({ apiGroups: ['*.k8s.io/v1'] }))).toEqual([classes]);
  expect(added(shows({ resources: ['secrets', 'widgets'] }))).toEqual([]);
});

test('an empty selector shows nothing, and one for single objects no lists', () => {
  expect(added(shows({ selector: {} }))).toEqual([]);
  const single = shows({ operations: ['Get'] });
  expect(added(single)).toEqual([nodes, classes].map((rule) => ({ ...rule, verbs: ['get'] })));
  expect(added(single, shows({ apiGroups: ['*/v1beta1'] }))).toContainEqual(classes);
});

test('metrics of nodes are read, whatever is granted of the nodes', () => {
  const operations: SeenTenant['operations'] = { Nodes: ['List', 'Update', 'Delete'] };
  // Nothing of it is looked at here.
  const oil = { name: 'oil', spec: {} as TenantSpec, isOwned: true, operations };
  expect(addedRules(view({ tenants: [oil] }), []).slice(own.length)).toEqual([
    { ...nodes, verbs: [...reading, 'update', 'patch', 'delete'] },
    { apiGroups: ['metrics.k8s.io'], resources: ['nodes'], verbs: reading },
  ]);
});
