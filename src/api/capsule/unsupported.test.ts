import { expect, test } from 'vitest';
import { Tenant } from './tenant.ts';
import { unsupportedTenantFields } from './unsupported.ts';

const fieldsOf = (spec: object) =>
  unsupportedTenantFields(
    Tenant.decode({
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'Tenant',
      metadata: { name: 'oil' },
      spec,
    }),
  ).map(({ path }) => path);

test.each([
  [{}, []],
  [{ owners: [{ name: 'alice' }], cordoned: true, nodeSelector: { pool: 'oil' } }, []],
  [{ namespaceOptions: { quota: 3, additionalMetadata: { labels: { a: 'b' } } } }, []],
  [{ resourceQuotas: { scope: 'Namespace', items: [{ hard: { pods: 3 } }] } }, []],
  [{ rules: [{ permissions: { bindings: [], promotions: [] } }] }, []],
  [{ resourceQuotas: { items: [{ hard: { pods: 3 } }] } }, []],
  [{ storageClasses: { allowed: ['fast'] }, containerRegistries: {}, imagePullPolicies: [] }, []],
  [{ ingressOptions: {}, gatewayOptions: {}, deviceClasses: {} }, []],
  [{ ingressOptions: { hostnameCollisionScope: 'Tenant' } }, []],
  [{ podOptions: { additionalMetadata: { labels: { a: 'b' } } } }, []],
  [{ serviceOptions: { additionalMetadata: { labels: { a: 'b' } } } }, []],
  [{ serviceOptions: { allowedServices: {}, externalIPs: { allowed: [] } } }, []],
  [{ namespaceOptions: { forbiddenLabels: { denied: ['x'] }, managedMetadataOnly: true } }, []],
  [{ rules: [{}, { enforce: {}, quota: [] }] }, ['spec.rules[1].quota']],
  [{ rules: [{ enforce: { services: { types: ['ClusterIP'] } } }] }, []],
])('%j: %j', (spec, expected) => {
  expect(fieldsOf(spec)).toEqual(expected);
});
