import { expect, test } from 'vitest';
import { createMemoryCaches } from '../../test/support/memory-caches.ts';
import { TenantOwner } from '../api/capsule/tenant-owner.ts';
import { Tenant } from '../api/capsule/tenant.ts';
import { createTenantDirectory } from './tenant-directory.ts';

const apiVersion = 'capsule.clastix.io/v1beta2';
const alice = { kind: 'User', name: 'alice', clusterRoles: ['admin'] };

/** Alice is the TenantOwner with the labels, and no tenant names her. */
function directoryWith(labels: Record<string, string>, listed: object[] = []) {
  const caches = createMemoryCaches();
  const matchOwners = [{ matchLabels: { team: 'oil' } }];
  for (const [name, permissions] of Object.entries({ oil: { matchOwners }, gas: {} })) {
    caches.put(Tenant.type, {
      apiVersion,
      kind: 'Tenant',
      metadata: { name, uid: name },
      spec: { owners: [], permissions },
      status: { owners: listed, conditions: [], size: 0 },
    });
  }
  const metadata = { name: 'alice', labels };
  caches.put(TenantOwner.type, { apiVersion, kind: 'TenantOwner', metadata, spec: alice });
  return createTenantDirectory(caches);
}
const promised = (labels: Record<string, string>, listed?: object[], username = 'alice') =>
  ['oil', 'gas'].filter((name) => directoryWith(labels, listed).isPromised({ username }, name));

test('a TenantOwner is promised the tenants that select it or that it names, until they list it', () => {
  expect(promised({ team: 'oil' })).toEqual(['oil']);
  expect(promised({ 'projectcapsule.dev/tenant': 'gas' })).toEqual(['gas']);
  expect(promised({ team: 'oil' }, [alice])).toEqual([]);
});

test('a TenantOwner that no tenant selects is promised none, nor is anybody else', () => {
  expect(promised({ team: 'gas' })).toEqual([]);
  expect(promised({})).toEqual([]);
  expect(promised({ team: 'oil' }, [], 'bob')).toEqual([]);
});
