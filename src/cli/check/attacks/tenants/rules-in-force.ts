import { ruleStatusName } from '../../../../api/capsule/rule-status.ts';
import type { Attack } from '../../attack.ts';
import { applying, deleting, merging, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutTenants } from '../../world.ts';

export const editRulesInForce: Attack = {
  id: 'tenants/rules-in-force',
  title: 'changes what its policies are looked up in, as who may do everything in its namespace',
  why: 'admission policies read the rules of a namespace from an object in it',
  remedy: 'see that the admission policy that protects RuleStatuses, and its binding, are in place',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  async attempt(world) {
    const { namespace, deployer } = world.attacker;
    const of = target('capsule.clastix.io/v1beta2', 'RuleStatus', ruleStatusName, namespace);
    return (
      withoutTenants(world) ??
      tryAll(
        world,
        [
          { what: 'by a patch', send: merging(of, { policies: { registries: null } }) },
          { what: 'by server-side apply', send: applying({ ...of, spec: [] }) },
          { what: 'by deleting it', send: deleting(of) },
        ],
        { people: [deployer] },
      )
    );
  },
};
