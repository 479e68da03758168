import { expect, test } from 'vitest';
import { Tenant } from '../../api/capsule/tenant.ts';
import { managedMetadata } from './managed-metadata.ts';

const tenantLabel = 'capsule.clastix.io/tenant';
const nodes = 'scheduler.alpha.kubernetes.io/node-selector';

/** What a Tenant with this spec puts on a namespace. */
function metadataOf(spec: object, labels: Record<string, string> = {}, name = 'oil-apps') {
  const tenant = Tenant.decode({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: 'oil' },
    spec: { owners: [], ...spec },
  });
  return managedMetadata(tenant, { name, labels });
}
const options = (namespaceOptions: object) => ({ namespaceOptions });
const own = { [tenantLabel]: 'oil' };

test('without options there is the label of the tenant alone', () => {
  expect(metadataOf({})).toEqual({ labels: own, annotations: {} });
});

test('names are filled in, and nothing else is', () => {
  const labels = { team: '{{tenant.name}}-{{ namespace }}', other: '{{ tenant.uid }}' };
  const additionalMetadata = { labels, annotations: { note: 'for {{ tenant.name }}' } };
  expect(metadataOf(options({ additionalMetadata }))).toEqual({
    labels: { ...own, team: 'oil-oil-apps', other: '{{ tenant.uid }}' },
    annotations: { note: 'for oil' },
  });
});

test('entries of the list count where their selector selects; later ones win', () => {
  const additionalMetadataList = [
    { namespaceSelector: { matchLabels: { env: 'prod' } }, labels: { tier: 'gold' } },
    { namespaceSelector: { matchLabels: { env: 'dev' } }, labels: { tier: 'free', a: 'b' } },
    { labels: { all: 'yes' } },
  ];
  const spec = options({
    additionalMetadata: { labels: { tier: 'none' } },
    additionalMetadataList,
  });
  expect(metadataOf(spec).labels).toEqual({ ...own, tier: 'none', all: 'yes' });
  expect(metadataOf(spec, { env: 'prod' }).labels).toMatchObject({ tier: 'gold' });
  expect(metadataOf(spec, { env: 'dev' }).labels).toMatchObject({ tier: 'free', a: 'b' });
});

test('what the tenant may use is shown, by name and by pattern', () => {
  const { annotations } = metadataOf({
    ingressOptions: { allowedClasses: { allowed: ['nginx', 'traefik'], allowedRegex: '^oil-' } },
    storageClasses: { allowed: ['fast'], matchLabels: { shared: 'true' } },
    containerRegistries: { allowedRegex: '^harbor' },
  });
  expect(annotations).toEqual({
    'capsule.clastix.io/ingress-classes': 'nginx,traefik',
    'capsule.clastix.io/ingress-classes-regexp': '^oil-',
    'capsule.clastix.io/storage-classes': 'fast',
    'capsule.clastix.io/allowed-registries-regexp': '^harbor',
  });
});

test('the tenant is named by nothing else', () => {
  const additionalMetadata = { labels: { [tenantLabel]: 'gas' } };
  expect(metadataOf(options({ additionalMetadata })).labels).toEqual(own);
});

test.each<[string, object, object]>([
  ['a cordon', { cordoned: true }, { labels: { ...own, 'projectcapsule.dev/cordoned': 'true' } }],
  ['nodes, in order', { nodeSelector: { b: 'x', a: '' } }, { annotations: { [nodes]: 'a=,b=x' } }],
  [
    'a quota that its namespaces share',
    { resourceQuotas: { scope: 'Tenant', items: [{ hard: { pods: '3' } }] } },
    { labels: { ...own, 'projectcapsule.dev/shared-quota': 'true' } },
  ],
  [
    'no quota that each has by itself',
    { resourceQuotas: { scope: 'Namespace', items: [{ hard: { pods: '3' } }] } },
    { labels: own },
  ],
])('says %s', (_, spec, expected) => {
  expect(metadataOf(spec)).toMatchObject(expected);
});
