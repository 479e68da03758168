import { expect, it } from 'vitest';
import { Tenant } from '../../../api/capsule/tenant.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { targetsOf, tokensOf } from './targets.ts';

const tenant = (name: string): Tenant =>
  Tenant.decode({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name, uid: `uid-${name}` },
    spec: {},
  });

const namespace = (name: string, of: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    ownerReferences: [{ apiVersion: 'v1', kind: 'Tenant', name: of, uid: `uid-${of}` }],
    ...metadata,
  },
});

const all: Record<string, KubeObject[]> = {
  oil: [
    namespace('oil-a', 'oil', { labels: { stage: 'test' } }),
    namespace('oil-b', 'oil'),
    namespace('oil-going', 'oil', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    namespace('stolen', 'gas'),
    namespace('labelled-only', 'oil', { ownerReferences: [] }),
  ],
  gas: [namespace('gas-a', 'gas', { labels: { stage: 'test' } })],
};
const of = (name: string) => all[name] ?? [];
const tenants = [tenant('gas'), tenant('oil')];
const names = (scope: 'Namespace' | 'Tenant' | 'None', selector = {}) =>
  targetsOf({ scope, tenants }, { namespaceSelector: selector }, of).map((target) => {
    const tokens = tokensOf(target);
    return `${tokens.tenant}/${tokens.namespace}`;
  });

it('each namespace that is the tenant’s by reference and lives is a target', () => {
  expect(names('Namespace')).toEqual(['gas/gas-a', 'oil/oil-a', 'oil/oil-b']);
});

it('a selector narrows it down', () => {
  expect(names('Namespace', { matchLabels: { stage: 'test' } })).toEqual([
    'gas/gas-a',
    'oil/oil-a',
  ]);
});

it('once for each tenant, or once', () => {
  expect(names('Tenant')).toEqual(['gas/', 'oil/']);
  expect(names('None')).toEqual(['None/']);
});
