import { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import { validatingPolicy, type Policy } from '../policy/policy.ts';
import { globalQuotaRules, type GlobalQuotaUpdate } from './global-quota-rules.ts';

/** What holds of shared quotas with no process of ours running. */
export function globalQuotaPolicies(): Policy[] {
  const { group, plural } = GlobalResourceQuota.type;
  return validatingPolicy<GlobalQuotaUpdate>({
    name: 'globalresourcequotas.tenantry.dev',
    resources: [
      { apiGroups: [group], apiVersions: ['*'], operations: ['UPDATE'], resources: [plural] },
    ],
    matchConditions: [
      { name: 'not-going', expression: `!has(oldObject.metadata.deletionTimestamp)` },
    ],
    variables: [],
    rules: globalQuotaRules,
  });
}
