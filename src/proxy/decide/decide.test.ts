import { describe, expect, test } from 'vitest';
import type { ClusterResource } from '../../api/capsule/cluster-resource.ts';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { CallerView, KindFacts, ProxyKind, SeenTenant } from '../view/caller-view.ts';
import { decide } from './decide.ts';

const asked = (verb: string, resource: string, more: Partial<ApiRequest> = {}): ApiRequest => ({
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
const spec = (more: Partial<TenantSpec> = {}) => more as TenantSpec;
const oil: SeenTenant = { name: 'oil', spec: spec(), isOwned: true, operations: {} };
const gas: SeenTenant = { ...oil, name: 'gas' };
const view = (more: Partial<CallerView> = {}): CallerView => ({
  isTenantUser: true,
  tenants: [oil],
  reflected: [],
  clusterResources: [],
  ...more,
});
const facts = (more: Partial<KindFacts> = {}): KindFacts => ({
  scope: 'cluster',
  isAggregated: false,
  listable: [],
  ...more,
});
const granting = (operations: SeenTenant['operations'], more: Partial<TenantSpec> = {}) =>
  view({ tenants: [{ ...oil, operations, spec: spec(more) }] });
const shared: ClusterResource = {
  apiGroups: ['*'],
  resources: ['*'],
  operations: ['List', 'Get'],
  selector: { matchLabels: { shared: 'yes' } },
};

const own = { kind: 'impersonate' };
const notGranted = { kind: 'impersonate', forbiddenAs: 'not-granted' };
const bySelector = (requirement: string) => ({ kind: 'filter', requirement });
const emptyList = bySelector('dontexistsignoreme');

describe('left to the own rights', () => {
  test.each<[string, ApiRequest]>([
    ['paths that are no resources', asked('get', '', { isResource: false, path: '/version' })],
    ['creation', asked('create', 'namespaces')],
    ['deletion of many', asked('deletecollection', 'namespaces')],
    ['deletion of one', asked('delete', 'namespaces', { name: 'a', namespace: 'a' })],
    ['changes', asked('patch', 'namespaces', { name: 'a', namespace: 'a' })],
    [
      'subresources',
      asked('get', 'namespaces', { name: 'a', namespace: 'a', subresource: 'status' }),
    ],
    ['subresources of nodes', asked('get', 'nodes', { name: 'a', subresource: 'proxy' })],
    ['lists in a namespace', asked('list', 'pods', { namespace: 'gas-1' })],
    ['watches in a namespace', asked('watch', 'secrets', { namespace: 'gas-1' })],
    [
      'kinds that nothing shows',
      asked('list', 'clusterroles', { group: 'rbac.authorization.k8s.io' }),
    ],
    ['verbs that are none', asked('proxy', 'nodes', { name: 'a' })],
    ['a name that is missing', asked('update', 'nodes')],
    [
      'reviews of others',
      asked('create', 'subjectaccessreviews', { group: 'authorization.k8s.io' }),
    ],
  ])('%s', (_what, request) => {
    const all = granting({ Nodes: ['List', 'Update', 'Delete'] });
    expect(decide(request, all, facts())).toEqual(own);
  });

  test.each(['list', 'watch', 'get', 'delete'])('%s of a kind that is not served', (verb) => {
    const request = asked(verb, 'widgets', { group: 'example.org', name: 'a' });
    const rules = view({ clusterResources: [shared] });
    expect(decide(request, rules, facts({ scope: undefined }))).toEqual(own);
  });

  test('everything that somebody asks for whom tenancy is not enforced for', () => {
    const admin = view({ isTenantUser: false, clusterResources: [shared] });
    for (const resource of ['namespaces', 'nodes', 'pods']) {
      for (const verb of ['list', 'watch', 'get']) {
        expect(decide(asked(verb, resource, { name: 'a' }), admin, facts())).toEqual(own);
      }
    }
    const review = asked('create', 'selfsubjectaccessreviews', { group: 'authorization.k8s.io' });
    expect(decide(review, admin, facts())).toEqual(own);
  });
});

describe('namespaces', () => {
  const ofOil = 'capsule.clastix.io/tenant in (oil)';
  test.each<[string, CallerView, object]>([
    ['of one tenant', view(), bySelector(ofOil)],
    ['of two', view({ tenants: [oil, gas] }), bySelector('capsule.clastix.io/tenant in (gas,oil)')],
    ['of none', view({ tenants: [] }), emptyList],
    [
      'of a reflected RoleBinding',
      view({ tenants: [], reflected: ['gas-1'] }),
      bySelector('kubernetes.io/metadata.name in (gas-1)'),
    ],
    [
      'that rules select',
      view({ tenants: [], clusterResources: [shared] }),
      bySelector('shared in (yes)'),
    ],
  ])('lists and watches: %s', (_what, seen, expected) => {
    expect(decide(asked('list', 'namespaces'), seen, facts())).toEqual(expected);
    expect(decide(asked('watch', 'namespaces'), seen, facts())).toEqual(expected);
  });

  test('for several reasons: by the names that were looked up, else one by one', () => {
    const both = view({ reflected: ['gas-1'] });
    const names = facts({ namespaceNames: ['gas-1', 'oil-1'] });
    expect(decide(asked('list', 'namespaces'), both, names)).toEqual(
      bySelector('kubernetes.io/metadata.name in (gas-1,oil-1)'),
    );
    expect(decide(asked('list', 'namespaces'), both, facts())).toMatchObject({
      requirement: '!dontexistsignoreme',
      keep: { names: ['gas-1'], anyOf: [{ matchExpressions: [{ values: ['oil'] }] }] },
    });
  });

  test('one, by what it is labelled with at the moment', () => {
    const request = asked('get', 'namespaces', { name: 'a', namespace: 'a' });
    expect(decide(request, view(), facts())).toMatchObject({
      kind: 'one-visible',
      visible: { anyOf: [{ matchExpressions: [{ key: 'capsule.clastix.io/tenant' }] }] },
    });
  });

  test('a rule for single objects shows no list', () => {
    const rules = view({ tenants: [], clusterResources: [{ ...shared, operations: ['Get'] }] });
    expect(decide(asked('list', 'namespaces'), rules, facts())).toEqual(emptyList);
    expect(decide(asked('get', 'namespaces', { name: 'a' }), rules, facts())).toMatchObject({
      visible: { anyOf: [shared.selector] },
    });
  });
});

describe('tenants', () => {
  const tenants = (verb: string, name?: string) =>
    asked(verb, 'tenants', {
      group: 'capsule.clastix.io',
      version: 'v1beta2',
      ...(name && { name }),
    });
  test('are listed by name, and one is seen if it is one of these', () => {
    const expected = bySelector('kubernetes.io/metadata.name in (gas,oil)');
    const both = view({ tenants: [oil, gas] });
    expect(decide(tenants('list'), both, facts())).toEqual(expected);
    expect(decide(tenants('watch'), both, facts())).toEqual(expected);
    expect(decide(tenants('get', 'oil'), both, facts())).toEqual({
      kind: 'one-visible',
      visible: { names: ['gas', 'oil'] },
    });
    expect(decide(tenants('list'), view({ tenants: [] }), facts())).toEqual(emptyList);
  });
  test.each(['patch', 'update', 'delete', 'deletecollection'])('%s takes own rights', (verb) => {
    expect(decide(tenants(verb, 'oil'), view(), facts())).toEqual(own);
  });
  test('of another group are of a kind of their own', () => {
    const request = asked('list', 'tenants', { group: 'example.org' });
    expect(decide(request, view(), facts())).toEqual(own);
  });
});

describe('classes, nodes and volumes', () => {
  const kinds: [ProxyKind, Partial<ApiRequest> & { resource: string }][] = [
    ['Nodes', { resource: 'nodes' }],
    ['Nodes', { group: 'metrics.k8s.io', resource: 'nodes' }],
    ['PersistentVolumes', { resource: 'persistentvolumes' }],
    ['StorageClasses', { group: 'storage.k8s.io', resource: 'storageclasses' }],
    ['IngressClasses', { group: 'networking.k8s.io', resource: 'ingressclasses' }],
    ['PriorityClasses', { group: 'scheduling.k8s.io', resource: 'priorityclasses' }],
    ['RuntimeClasses', { group: 'node.k8s.io', resource: 'runtimeclasses' }],
  ];
  const verbs: [string, ('List' | 'Update' | 'Delete')[]][] = [
    ['list', ['List']],
    ['watch', ['List']],
    ['get', ['List']],
    ['update', ['List', 'Update']],
    ['patch', ['List', 'Update']],
    ['delete', ['List', 'Delete']],
  ];
  const operationSets = ['List', 'Update', 'Delete'].reduce<('List' | 'Update' | 'Delete')[][]>(
    (sets, each) => [...sets, ...sets.map((set) => [...set, each as 'List'])],
    [[]],
  );

  test.each(kinds)('%s %j: a verb takes exactly its operations', (kind, about) => {
    for (const [verb, needed] of verbs) {
      for (const operations of operationSets) {
        const request = asked(verb, about.resource, { ...about, name: 'a' });
        const decision = decide(request, granting({ [kind]: operations }), facts());
        const isGranted = needed.every((each) => operations.includes(each));
        expect([verb, operations, decision.kind]).toEqual([
          verb,
          operations,
          isGranted
            ? verb === 'list' || verb === 'watch'
              ? 'filter'
              : 'one-visible'
            : 'impersonate',
        ]);
        if (!isGranted) expect(decision).toEqual(notGranted);
      }
    }
  });

  test('a grant for one kind shows no other, and the same name in another group is another kind', () => {
    const nodes = granting({ Nodes: ['List', 'Update', 'Delete'] });
    const classes = asked('list', 'storageclasses', { group: 'storage.k8s.io' });
    expect(decide(classes, nodes, facts())).toEqual(notGranted);
    expect(decide(asked('list', 'nodes', { group: 'example.org' }), nodes, facts())).toEqual(own);
  });

  test.each<[Partial<TenantSpec>, object]>([
    [{ nodeSelector: { pool: 'oil', zone: 'a' } }, bySelector('pool in (oil),zone in (a)')],
    [{}, bySelector('!dontexistsignoreme')],
  ])('nodes of a tenant that is scheduled by %j', (more, expected) => {
    expect(decide(asked('list', 'nodes'), granting({ Nodes: ['List'] }, more), facts())).toEqual(
      expected,
    );
  });

  test.each<[TenantSpec['storageClasses'], object]>([
    [undefined, bySelector('!dontexistsignoreme')],
    [{ allowed: ['gold'], default: 'silver' }, { keep: { names: ['gold', 'silver'] } }],
    [{ allowedRegex: '^oil-', default: '' }, { keep: { patterns: ['^oil-'] } }],
    [{ matchLabels: { tier: 'a' } }, bySelector('tier in (a)')],
    [{ allowed: [], allowedRegex: '' }, emptyList],
  ])('storage classes that a tenant allows by %j', (storageClasses, expected) => {
    const request = asked('list', 'storageclasses', { group: 'storage.k8s.io' });
    const seen = granting(
      { StorageClasses: ['List'] },
      storageClasses === undefined ? {} : { storageClasses },
    );
    expect(decide(request, seen, facts())).toMatchObject(expected);
  });

  test('of two tenants only the one that grants shows its part', () => {
    const seen = view({
      tenants: [{ ...oil, operations: { PersistentVolumes: ['List'] } }, gas],
    });
    expect(decide(asked('list', 'persistentvolumes'), seen, facts())).toEqual(
      bySelector('capsule.clastix.io/tenant in (oil)'),
    );
  });

  test('of two tenants with different operations a verb sees those of its own', () => {
    const seen = view({
      tenants: [
        { ...oil, operations: { PersistentVolumes: ['List', 'Delete'] } },
        { ...gas, operations: { PersistentVolumes: ['List'] } },
      ],
    });
    const request = asked('delete', 'persistentvolumes', { name: 'a' });
    expect(decide(request, seen, facts())).toEqual({
      kind: 'one-visible',
      visible: { anyOf: [{ matchLabels: { 'capsule.clastix.io/tenant': 'oil' } }] },
    });
  });

  test('served by another server, items are looked at, whatever it makes of selectors', () => {
    const request = asked('list', 'nodes', { group: 'metrics.k8s.io' });
    const seen = granting({ Nodes: ['List'] }, { nodeSelector: { pool: 'oil' } });
    expect(decide(request, seen, facts({ isAggregated: true }))).toMatchObject({
      requirement: 'pool in (oil)',
      keep: { anyOf: [{ matchLabels: { pool: 'oil' } }] },
    });
  });
});

describe('what rules show', () => {
  const rules = view({ clusterResources: [shared] });
  const widgets = (verb: string) => asked(verb, 'widgets', { group: 'example.org', name: 'a' });
  test.each(['list', 'watch'])('%s', (verb) => {
    expect(decide(widgets(verb), rules, facts())).toEqual(bySelector('shared in (yes)'));
  });
  test('one', () => {
    expect(decide(widgets('get'), rules, facts())).toMatchObject({ kind: 'one-visible' });
  });
  test.each(['update', 'patch', 'delete', 'create', 'deletecollection'])('not %s', (verb) => {
    expect(decide(widgets(verb), rules, facts())).toEqual(own);
  });
  test('never what is in namespaces', () => {
    const namespaced = facts({ scope: 'namespaced' });
    expect(decide(asked('list', 'secrets'), rules, namespaced)).toEqual(emptyList);
    expect(
      decide(asked('get', 'secrets', { name: 'a', namespace: 'b' }), rules, namespaced),
    ).toEqual({
      kind: 'impersonate',
      forbiddenAs: 'not-found-without-namespace',
    });
  });
});

describe('lists over all namespaces', () => {
  const pods = (listable: KindFacts['listable'], more: Partial<KindFacts> = {}) =>
    decide(asked('list', 'pods'), view(), facts({ scope: 'namespaced', listable, ...more }));
  const [wholeOil, partOfGas] = [
    { tenant: 'oil', isWhole: true, namespaces: ['oil-1'] },
    { tenant: 'gas', isWhole: false, namespaces: ['gas-1'] },
  ];
  const label = 'capsule.clastix.io/managed-by';

  test('of whole tenants are a selector', () => {
    expect(pods([wholeOil])).toEqual(bySelector(`${label} in (oil)`));
  });
  test('of parts of tenants are looked at item by item', () => {
    expect(pods([wholeOil, partOfGas])).toMatchObject({
      requirement: `${label} in (gas,oil)`,
      keep: {
        namespaces: ['gas-1'],
        anyOf: [{ matchExpressions: [{ key: label, values: ['oil'] }] }],
      },
    });
    expect(pods([partOfGas])).toEqual({
      ...bySelector(`${label} in (gas)`),
      keep: { namespaces: ['gas-1'] },
    });
  });
  test('of nothing are empty', () => {
    expect(pods([])).toEqual(emptyList);
    expect(pods([{ ...partOfGas, namespaces: [] }])).toEqual(emptyList);
  });
  test('of nothing are empty, whatever another server makes of selectors', () => {
    const none = { ...emptyList, keep: {} };
    expect(pods([], { isAggregated: true })).toEqual(none);
    const nowhere = [{ ...wholeOil, isWhole: false, namespaces: [] }];
    expect(pods(nowhere, { isAggregated: true })).toEqual(none);
  });
  test('from another server are held against the namespaces', () => {
    expect(pods([wholeOil, partOfGas], { isAggregated: true })).toEqual({
      ...bySelector(`${label} in (gas,oil)`),
      keep: { namespaces: ['gas-1', 'oil-1'] },
    });
  });
  test.each(['deletecollection', 'create', 'update'])('%s takes own rights', (verb) => {
    const request = asked(verb, 'pods');
    const namespaced = facts({ scope: 'namespaced', listable: [wholeOil] });
    expect(decide(request, view(), namespaced)).toEqual(own);
  });
});

describe('one object in a namespace', () => {
  const request = asked('get', 'configmaps', { namespace: 'new', name: 'a' });
  test('is told as missing with its namespace, to those who may create that', () => {
    expect(decide(request, view(), facts({ scope: 'namespaced' }))).toEqual({
      kind: 'impersonate',
      forbiddenAs: 'not-found-without-namespace',
    });
  });
  test('tells others nothing about namespaces', () => {
    for (const tenants of [[], [{ ...oil, isOwned: false }]]) {
      expect(decide(request, view({ tenants }), facts({ scope: 'namespaced' }))).toEqual(own);
    }
  });
});

test.each([
  ['selfsubjectaccessreviews', 'access'],
  ['selfsubjectrulesreviews', 'rules'],
])('%s are answered with what the proxy adds', (resource, of) => {
  const request = asked('create', resource, { group: 'authorization.k8s.io' });
  expect(decide(request, view(), facts())).toEqual({ kind: 'review', of });
});
