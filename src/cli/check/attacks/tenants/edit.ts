import type { Attack } from '../../attack.ts';
import { creating, deleting, merging, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutTenants } from '../../world.ts';

const api = 'capsule.clastix.io/v1beta2';

export const editTenant: Attack = {
  id: 'tenants/edit',
  title: 'changes Tenants: its own limits, who owns a neighbour, a new one',
  why: 'a Tenant says what its owners may do',
  remedy: 'grant no tenant create, update, patch or delete on tenants.capsule.clastix.io',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  async attempt(world) {
    const { attacker, neighbour, run } = world;
    const own = target(api, 'Tenant', attacker.tenant);
    const theirs = target(api, 'Tenant', neighbour.tenant);
    const owners = [{ kind: 'User', name: attacker.owner.user }];
    const quota = { spec: { namespaceOptions: { quota: 99 } } };
    return (
      withoutTenants(world) ??
      tryAll(world, [
        { what: 'its own quota', send: merging(own, quota) },
        { what: 'its own status', send: merging(own, { status: { size: 0 } }, 'status') },
        { what: "a neighbour's owners", send: merging(theirs, { spec: { owners } }) },
        { what: "a neighbour's end", send: deleting(theirs) },
        {
          what: 'a new Tenant',
          send: creating({ ...own, metadata: { name: `${run}-own` }, spec: { owners } }),
        },
        {
          what: 'a new TenantOwner',
          send: creating({
            ...target(api, 'TenantOwner', `${run}-owner`),
            spec: { kind: 'User', name: attacker.owner.user },
          }),
        },
      ])
    );
  },
};
