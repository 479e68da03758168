import { expect, test } from 'vitest';
import { parseDiscovery } from './discovery-document.ts';

const resource = (name: string, kind: string, scope = 'Namespaced') => ({
  resource: name,
  responseKind: { group: '', version: '', kind },
  scope,
  verbs: ['get'],
  subresources: [{ subresource: 'status', responseKind: { kind } }],
});
const group = (name: string | undefined, versions: object[]) => ({
  metadata: name === undefined ? {} : { name },
  versions,
});

test('names each resource with its group, version and scope, and no subresource', () => {
  const document = {
    items: [
      group(undefined, [
        {
          version: 'v1',
          resources: [resource('pods', 'Pod'), resource('nodes', 'Node', 'Cluster')],
        },
      ]),
      group('apps', [
        { version: 'v1', freshness: 'Current', resources: [resource('deployments', 'Deployment')] },
      ]),
    ],
  };
  expect(parseDiscovery(document)).toEqual({
    stale: [],
    types: [
      { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
      { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false },
      { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
    ],
  });
});

test('tells which versions are not known at present', () => {
  const versions = [
    { version: 'v1', freshness: 'Stale' },
    { version: 'v2', freshness: 'Current' },
  ];
  expect(parseDiscovery({ items: [group('metrics.k8s.io', versions)] })).toEqual({
    types: [],
    stale: ['metrics.k8s.io/v1'],
  });
});

test.each([
  [undefined],
  [null],
  [[]],
  [{ items: {} }],
  [{ items: [null, 7, { versions: 'x' }] }],
  [{ items: [group('g', [{ resources: [resource('a', 'A')] }])] }],
  [
    {
      items: [
        group('g', [
          {
            version: 'v1',
            resources: [{}, null, { resource: 'a' }, { resource: 1, responseKind: 2 }],
          },
        ]),
      ],
    },
  ],
])('%j holds nothing', (document) => {
  expect(parseDiscovery(document)).toEqual({ types: [], stale: [] });
});
