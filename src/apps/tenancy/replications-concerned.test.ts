import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import { concernsReplications, globalsConcerned } from './replications-concerned.ts';

const tenant = (labels: Record<string, string>, more: object = {}): KubeObject => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'Tenant',
  metadata: { name: 'oil', resourceVersion: String(Math.random()), labels },
  spec: {},
  status: { namespaces: ['a'], conditions: [{ at: Math.random() }], spaces: [] },
  ...more,
});
const global = (name: string, spec: object): KubeObject => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'GlobalTenantResource',
  metadata: { name },
  spec,
});

describe('a change of a Tenant', () => {
  it('that only tells how it is concerns nobody', () => {
    expect(concernsReplications({ before: tenant({}), after: tenant({}) })).toBe(false);
  });

  it.each([
    ['it appears', undefined, tenant({})],
    ['it goes', tenant({}), undefined],
    ['its labels', tenant({}), tenant({ tier: 'gold' })],
    ['its spec', tenant({}), tenant({}, { spec: { data: 1 } })],
    ['its namespaces', tenant({}), tenant({}, { status: { namespaces: ['a', 'b'] } })],
  ])('concerns them otherwise: %s', (_, before, after) => {
    const change = { ...(before && { before }), ...(after && { after }) };
    expect(concernsReplications(change as never)).toBe(true);
  });
});

it('those for the tenant, before or after, are concerned, and none that is for no tenant', () => {
  const gold = { tenantSelector: { matchLabels: { tier: 'gold' } } };
  const globals = [
    global('all', {}),
    global('gold', gold),
    global('silver', { tenantSelector: { matchLabels: { tier: 'silver' } } }),
    global('once', { scope: 'None' }),
  ];
  const names = (...states: (KubeObject | undefined)[]) =>
    globalsConcerned(states, globals).map(({ metadata }) => metadata.name);
  expect(names(tenant({ tier: 'gold' }), tenant({}))).toEqual(['all', 'gold']);
  expect(names(undefined, tenant({}))).toEqual(['all']);
  expect(names()).toEqual([]);
});
