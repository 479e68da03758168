import { RuleStatus } from '../../api/capsule/rule-status.ts';
import { keepStatus } from '../../controllers/rule-status/keep-status.ts';
import { startKeeper, type Keeper } from '../../runtime/keeper.ts';
import type { TenancyContext } from './tenancy-context.ts';

/** Starts saying in RuleStatuses which rules hold. */
export function startRuleStatuses({ runtime, client, managed }: TenancyContext): Keeper {
  const keeper = startKeeper({
    name: 'rule-status',
    runtime,
    watch: () => managed.for(RuleStatus.type),
    keep: keepStatus(client, runtime.clock),
  });
  keeper.open();
  return keeper;
}
