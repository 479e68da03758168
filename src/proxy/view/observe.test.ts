import { describe, expect, test } from 'vitest';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { CallerView, SeenTenant } from './caller-view.ts';
import { createObserve, type ObserveDeps } from './observe.ts';

const tenantLabel = 'capsule.clastix.io/tenant';

const namespace = (name: string, tenant: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: { [tenantLabel]: tenant },
    ...more,
  },
});
const seen = (name: string, isOwned: boolean): SeenTenant => ({
  name,
  // Nothing of it is looked at here.
  spec: {} as TenantSpec,
  isOwned,
  operations: {},
});
const caller = { user: 'alice', groups: [] };
const pods = (verb: string, more: Partial<ApiRequest> = {}): ApiRequest => ({
  verb,
  group: '',
  version: 'v1',
  resource: 'pods',
  path: '/api/v1/pods',
  query: new URLSearchParams(),
  isResource: true,
  isWatch: verb === 'watch',
  ...more,
});

function observing(
  view: Partial<CallerView>,
  namespaces: KubeObject[],
  more: { allowed?: (name: string) => boolean; fresh?: KubeObject[] } = {},
) {
  const { allowed = () => true, fresh = [] } = more;
  const asked: string[] = [];
  const deps: ObserveDeps = {
    views: () => ({
      isTenantUser: true,
      tenants: [],
      reflected: [],
      clusterResources: [],
      ...view,
    }),
    kinds: {
      all: () => Promise.resolve([]),
      find: (_group, resource) =>
        Promise.resolve(
          resource === 'unknown'
            ? undefined
            : {
                version: 'v1',
                scope: resource === 'pods' ? 'namespaced' : 'cluster',
                isAggregated: false,
              },
        ),
      invalidate: () => {},
    },
    rights: {
      among: (_caller, _kind, names) => Promise.resolve(names.filter(allowed)),
      invalidate: () => {},
    },
    namespaces: {
      list: () => namespaces,
      of: (tenant) =>
        namespaces.filter(({ metadata }) => metadata.labels?.[tenantLabel] === tenant),
      tenantOf: (name) =>
        namespaces.find(({ metadata }) => metadata.name === name)?.metadata.labels?.[tenantLabel] ??
        '',
    },
    client: {
      // The kind of object is the caller's claim, as with the real one.
      list: (_type, options) => {
        asked.push(options?.labelSelector ?? '');
        return Promise.resolve({ items: fresh as never[], resourceVersion: '1' });
      },
    },
  };
  return { observe: createObserve(deps), asked };
}

describe('lists over all namespaces', () => {
  const oil = [namespace('oil-1', 'oil'), namespace('oil-2', 'oil')];

  test('are of all of a tenant for who may list in all of it', async () => {
    const { observe } = observing({ tenants: [seen('oil', true)] }, oil);
    expect((await observe(pods('list'), caller, true)).facts.listable).toEqual([
      { tenant: 'oil', namespaces: ['oil-1', 'oil-2'] },
    ]);
  });

  test.each([
    [
      'of the namespaces where it may',
      seen('oil', true),
      (name: string) => name === 'oil-1',
      ['oil-1'],
    ],
    ['of nothing, where it may in none', seen('oil', true), () => false, []],
    ['of what there is, for who is no owner', seen('oil', false), () => true, ['oil-1', 'oil-2']],
  ])('are %s', async (_what, tenant, allowed, namespaces) => {
    const { observe } = observing({ tenants: [tenant] }, oil, { allowed });
    expect((await observe(pods('list'), caller, true)).facts.listable).toEqual([
      { tenant: 'oil', namespaces },
    ]);
  });

  test('are of reflected namespaces, as far as these are some tenant’s', async () => {
    const all = [...oil, namespace('gas-1', 'gas'), namespace('lone', '')];
    const { observe } = observing({ reflected: ['gas-1', 'gone', 'lone', 'oil-2'] }, all);
    expect((await observe(pods('list'), caller, true)).facts.listable).toEqual([
      { tenant: 'gas', namespaces: ['gas-1'] },
      { tenant: 'oil', namespaces: ['oil-2'] },
    ]);
  });

  test.each([
    pods('get', { name: 'a', namespace: 'oil-1' }),
    pods('list', { namespace: 'oil-1' }),
    pods('delete', { name: 'a' }),
    pods('list', { resource: 'nodes' }),
    pods('list', { resource: 'unknown' }),
    pods('list', { subresource: 'log' }),
  ])('are not what $verb of $resource is', async (request) => {
    const { observe } = observing({ tenants: [seen('oil', true)] }, oil);
    expect((await observe(request, caller, true)).facts.listable).toEqual([]);
  });
});

describe('namespaces', () => {
  const namespaces = pods('list', { resource: 'namespaces' });
  const known = [namespace('oil-1', 'oil'), namespace('gas-1', 'gas')];

  test('need no names where a selector says which', async () => {
    const { observe, asked } = observing({ tenants: [seen('oil', true)] }, known);
    expect((await observe(namespaces, caller, true)).facts).not.toHaveProperty('namespaceNames');
    expect(asked).toEqual([]);
  });

  test('for two reasons are asked for by name, so that none is missing', async () => {
    const view = { tenants: [seen('oil', true)], reflected: ['gas-1'] };
    const fresh = [namespace('oil-1', 'oil'), namespace('oil-new', 'oil')];
    const { observe, asked } = observing(view, known, { fresh });
    const { facts } = await observe(namespaces, caller, true);
    expect(facts.namespaceNames).toEqual(['gas-1', 'oil-1', 'oil-new']);
    expect(asked).toEqual([`${tenantLabel} in (oil)`]);
    const again = await observe(namespaces, caller, false);
    expect(again.facts.namespaceNames).toEqual(['gas-1', 'oil-1']);
    expect(asked).toHaveLength(1);
  });
});

test('for others than users of tenants nothing is looked at', async () => {
  const { observe } = observing({ isTenantUser: false, tenants: [seen('oil', true)] }, []);
  const { facts } = await observe(pods('list'), caller, true);
  expect(facts).toEqual({ scope: undefined, isAggregated: false, listable: [] });
});
