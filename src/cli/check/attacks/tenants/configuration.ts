import type { Attack } from '../../attack.ts';
import { merging, reading, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutTenants } from '../../world.ts';

export const editConfiguration: Attack = {
  id: 'tenants/configuration',
  title: 'reads or changes the settings of tenancy',
  why: 'they say who administers all tenants, and whom tenancy holds at all',
  remedy: 'grant no tenant anything on capsuleconfigurations.capsule.clastix.io',
  benchmarks: ['MTB-PL1-CC-CPI-1'],
  async attempt(world) {
    const { attacker, configuration } = world;
    const of = target('capsule.clastix.io/v1beta2', 'CapsuleConfiguration', configuration);
    const administrators = [{ kind: 'User', name: attacker.owner.user }];
    return (
      withoutTenants(world) ??
      tryAll(world, [
        { what: 'by reading it', send: reading(of) },
        { what: 'to administer', send: merging(of, { spec: { administrators } }) },
        { what: 'to be left alone', send: merging(of, { spec: { userGroups: [], users: [] } }) },
      ])
    );
  },
};
