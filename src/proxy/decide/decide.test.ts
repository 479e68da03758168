import { describe, expect, test } from 'vitest';
import {
  asked,
  oil,
  gas,
  view,
  facts,
  granting,
  shared,
  own,
  bySelector,
  emptyList,
} from '../../../test/support/proxy-decisions.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { CallerView } from '../view/caller-view.ts';
import { decide } from './decide.ts';

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

test.each([
  ['selfsubjectaccessreviews', 'access'],
  ['selfsubjectrulesreviews', 'rules'],
])('%s are answered with what the proxy adds', (resource, of) => {
  const request = asked('create', resource, { group: 'authorization.k8s.io' });
  expect(decide(request, view(), facts())).toEqual({ kind: 'review', of });
});
