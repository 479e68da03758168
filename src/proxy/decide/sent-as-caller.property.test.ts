import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSentAsCaller } from '../../access/visibility/sent-as-caller.ts';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { CallerView, KindFacts, SeenTenant } from '../view/caller-view.ts';
import { decide } from './decide.ts';
import { proxiedResources } from './proxied-kinds.ts';

/**
 * Whoever goes by the side of the proxy with what it would send on as the caller decides as it does:
 * whatever the caller may see, and whatever is known of the kind.
 */
const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const resources = [
  ...proxiedResources,
  { group: '', resource: 'namespaces' },
  { group: '', resource: 'configmaps' },
  { group: 'capsule.clastix.io', resource: 'tenants' },
  { group: 'apps', resource: 'deployments' },
  { group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' },
  { group: 'authorization.k8s.io', resource: 'localsubjectaccessreviews' },
];

const name = fc.constantFrom('a', 'b');
const operations = fc.subarray(['List', 'Update', 'Delete'] as const);
const request: fc.Arbitrary<ApiRequest> = fc
  .record({
    verb: fc.constantFrom(...verbs),
    kind: fc.constantFrom(...resources),
    name: fc.option(name, { nil: undefined }),
    namespace: fc.option(name, { nil: undefined }),
  })
  .map(({ verb, kind, name: object, namespace }) => {
    const isNamespace = kind.group === '' && kind.resource === 'namespaces';
    const where = isNamespace ? object : namespace;
    return {
      verb,
      group: kind.group,
      resource: kind.resource,
      version: 'v1',
      path: '/',
      query: new URLSearchParams(),
      isResource: true,
      isWatch: verb === 'watch',
      ...(object !== undefined && { name: object }),
      ...(where !== undefined && { namespace: where }),
    };
  });
const tenant: fc.Arbitrary<SeenTenant> = fc.record({
  name,
  // Only what decisions look at.
  spec: fc.constantFrom({} as TenantSpec, { nodeSelector: { pool: 'a' } } as unknown as TenantSpec),
  isOwned: fc.boolean(),
  operations: fc.record({
    Nodes: operations,
    StorageClasses: operations,
    IngressClasses: operations,
  }),
});
const view: fc.Arbitrary<CallerView> = fc.record({
  isTenantUser: fc.boolean(),
  tenants: fc.array(tenant, { maxLength: 2 }),
  reflected: fc.subarray(['a', 'b']),
  clusterResources: fc.subarray([
    {
      apiGroups: ['*'],
      resources: ['*'],
      operations: ['List', 'Get'] as ('List' | 'Get')[],
      selector: { matchLabels: { shared: 'yes' } },
    },
  ]),
});
const facts: fc.Arbitrary<KindFacts> = fc.record({
  scope: fc.constantFrom('namespaced' as const, 'cluster' as const, undefined),
  isAggregated: fc.boolean(),
  listable: fc.constant([]),
});

test('what is sent as the caller by anybody is what the proxy sends as the caller', () => {
  fc.assert(
    fc.property(request, view, facts, (asked, seen, known) => {
      // The API server names the namespace of a request for one; who asks knows it as the object.
      const isNamespace = asked.group === '' && asked.resource === 'namespaces';
      const namespace = isNamespace ? undefined : asked.namespace;
      if (isSentAsCaller({ ...asked, namespace })) {
        expect(decide(asked, seen, known).kind).toBe('impersonate');
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['get', '', 'namespaces', undefined, false],
  ['patch', '', 'namespaces', undefined, true],
  ['get', '', 'nodes', undefined, false],
  ['patch', '', 'nodes', undefined, false],
  ['get', '', 'configmaps', 'a', true],
  ['list', '', 'configmaps', undefined, false],
  ['create', 'authorization.k8s.io', 'selfsubjectaccessreviews', undefined, false],
])('%s of %s/%s in %s: %s', (...[verb, group, resource, namespace, expected]) => {
  expect(isSentAsCaller({ verb, group, resource, namespace })).toBe(expected);
});
