import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryCaches } from '../../test/support/memory-caches.ts';
import type { Subject } from '../api/capsule/owner.ts';
import { Tenant } from '../api/capsule/tenant.ts';
import type { KubeObject } from '../kube/object.ts';
import type { CacheChange, Caches } from '../runtime/cache/read-cache.ts';
import { createTenantDirectory } from './tenant-directory.ts';

/** Names that could be taken for one another: of an account and its user, of a user and a group. */
const names = ['a', 'a:b', 'system:serviceaccount:a:b', 'system:serviceaccount:a:b:c', '__proto__'];
const senders = names.flatMap((username) => [
  { username, groups: [] },
  ...names.map((group) => ({ username, groups: [group] })),
]);
const subject = fc.record({
  kind: fc.constantFrom('User', 'Group', 'ServiceAccount'),
  name: fc.constantFrom(...names),
});
const owners = fc.array(subject, { maxLength: 2 });
const tenants = ['a', 'a:b', 'constructor'];
/** A Tenant is written, with those its status lists already, or it goes. */
const step = fc.record({
  tenant: fc.constantFrom(...tenants),
  named: owners,
  listed: owners,
  goes: fc.boolean(),
});
interface Step {
  tenant: string;
  named: Subject[];
  listed: Subject[];
  goes: boolean;
}

test('whatever came before, somebody owns the Tenants that list it, and is promised those that name it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.nat(8), (steps, known) => {
      const { caches, tell } = openCaches();
      const now = new Map<string, Step>();
      const take = (each: Step) => {
        tell(each.tenant, each.goes ? undefined : tenantOf(each));
        if (each.goes) now.delete(each.tenant);
        else now.set(each.tenant, each);
      };
      steps.slice(0, known).forEach(take);
      const directory = createTenantDirectory(caches);
      steps.slice(known).forEach(take);
      for (const who of senders) {
        const isOwner = ({ listed }: Step) => isAmong(who, listed);
        expect(directory.ownedBy(who).map(nameOf)).toEqual(those(now, isOwner));
        const promised = those(now, (each) => isAmong(who, each.named) && !isOwner(each));
        expect(tenants.filter((name) => directory.isPromised(who, name))).toEqual(promised);
        expect(directory.isPromised(who, '')).toBe(promised.length > 0);
      }
    }),
  );
});

const nameOf = ({ metadata }: Tenant) => metadata.name;
const those = (now: Map<string, Step>, is: (each: Step) => boolean) =>
  [...now.values()]
    .filter(is)
    .map(({ tenant }) => tenant)
    .sort();
const isAmong = (who: { username: string; groups: string[] }, subjects: Subject[]) =>
  subjects.some(({ kind, name }) =>
    kind === 'Group' ? who.groups.includes(name) : who.username === name,
  );

function tenantOf(of: Step): KubeObject {
  const withRoles = (subjects: Subject[]) =>
    subjects.map((each) => ({ ...each, clusterRoles: ['admin'] }));
  return {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: of.tenant, uid: of.tenant },
    spec: { owners: withRoles(of.named) },
    status: { owners: withRoles(of.listed), conditions: [], size: 0 },
  };
}

/** Caches that hold Tenants, and tell of their changes as watches do. */
function openCaches() {
  const memory = createMemoryCaches();
  const listeners: ((change: CacheChange<KubeObject>) => void)[] = [];
  const caches: Caches = {
    for: (type) => ({
      ...memory.for(type),
      // Of the kind that is asked for: there is no other.
      onChange: (listener) => {
        listeners.push(listener as never);
        return () => {};
      },
    }),
  };
  const tell = (name: string, after: KubeObject | undefined) => {
    const before = memory.for(Tenant.type).get({ name });
    if (after) memory.put(Tenant.type, after);
    else memory.remove(Tenant.type, { name });
    if (before || after) for (const listener of listeners) listener({ before, after } as never);
  };
  return { caches, tell };
}
