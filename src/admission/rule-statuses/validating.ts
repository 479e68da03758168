import { RuleStatus } from '../../api/capsule/rule-status.ts';
import { defineHook } from '../hook.ts';
import { writesOf } from '../writes-of.ts';
import { rulesRight } from './rules-right.ts';

/** Refuses RuleStatuses whose rules cannot be enforced. */
export const ruleStatusesValidating = defineHook({
  name: 'rulestatus',
  type: 'validating',
  path: '/rulestatus/validating',
  purpose: 'Refuses RuleStatuses whose rules cannot be enforced.',
  resources: writesOf(RuleStatus, 'CREATE', 'UPDATE'),
  failurePolicy: {
    policy: 'Ignore',
    because:
      'the first ring lets nobody but the control plane and administrators write them, and what cannot be matched refuses what it is about',
  },
  contextOf: () => ({}),
  rules: [rulesRight],
});
