import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import {
  concernsConfiguration,
  concernsTenants,
  ownersConcerned,
  tenantsConcerned,
} from './concerned.ts';

const object = (name: string, spec: object, labels?: Record<string, string>): KubeObject => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'Any',
  metadata: { name, ...(labels && { labels }) },
  spec,
});
const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);
const selecting = (team: string) => ({ permissions: { matchOwners: [{ matchLabels: { team } }] } });

describe('TenantOwners', () => {
  const owners = [
    object('a', {}, { team: 'a' }),
    object('b', {}, { team: 'b' }),
    object('named', {}, { 'projectcapsule.dev/tenant': 'oil' }),
    object('bare', {}),
  ];

  test.each([
    ['a Tenant appears', undefined, object('oil', selecting('a')), ['a', 'named']],
    ['it goes', object('oil', selecting('a')), undefined, ['a', 'named']],
    ['it selects others', object('oil', selecting('a')), object('oil', selecting('b')), ['a', 'b']],
    [
      'something else of it changes',
      object('oil', selecting('a')),
      object('oil', { ...selecting('a'), cordoned: true }),
      [],
    ],
  ])('are looked at when %s: those it is about', (_when, before, after, expected) => {
    const change = { ...(before && { before }), ...(after && { after }) };
    expect(names(ownersConcerned(change, owners))).toEqual(expected);
  });
});

describe('Tenants', () => {
  const tenants = [
    object('oil', selecting('a')),
    object('gas', selecting('b')),
    object('coal', {}),
  ];

  test('are looked at when a TenantOwner changes: those that have it, or had it', () => {
    const before = object('alice', {}, { team: 'a' });
    const after = object('alice', {}, { team: 'b' });
    expect(names(tenantsConcerned({ before, after }, tenants))).toEqual(['oil', 'gas']);
    expect(names(tenantsConcerned({ after: object('bob', {}) }, tenants))).toEqual([]);
  });

  test('are looked at when the configuration changes what decides about them', () => {
    const before = object('default', { userGroups: ['a'] });
    const users = object('default', { userGroups: ['b'] });
    const prefix = object('default', { userGroups: ['a'], forceTenantPrefix: true });
    expect(concernsTenants({ before, after: users })).toBe(false);
    expect(concernsTenants({ before, after: prefix })).toBe(true);
  });
});

test('the configuration is looked at when a Tenant appears or promotes others, not at each change', () => {
  const before = object('oil', {});
  expect(concernsConfiguration({ after: before })).toBe(true);
  expect(concernsConfiguration({ before, after: object('oil', { cordoned: true }) })).toBe(false);
  const closed = object('oil', { permissions: { allowOwnerPromotion: false } });
  expect(concernsConfiguration({ before, after: closed })).toBe(true);
  const deployed = object('oil', { gitops: { namespace: 'home', serviceAccounts: ['a'] } });
  expect(concernsConfiguration({ before, after: deployed })).toBe(true);
  const owned = object('oil', { owners: [{ kind: 'ServiceAccount', name: 'a' }] });
  expect(concernsConfiguration({ before, after: owned })).toBe(true);
});
