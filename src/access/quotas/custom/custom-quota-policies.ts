import { CustomQuota } from '../../../api/capsule/custom-quota.ts';
import { GlobalCustomQuota } from '../../../api/capsule/global-custom-quota.ts';
import { validatingPolicy, type Policy } from '../../policy/policy.ts';
import { customQuotaRules, type CustomQuotaWrite } from './custom-quota-rules.ts';

/** What holds of custom quotas with no process of ours running. */
export function customQuotaPolicies(): Policy[] {
  return [CustomQuota, GlobalCustomQuota].flatMap(({ type: { group, plural } }) =>
    validatingPolicy<CustomQuotaWrite>({
      name: `${plural}.tenantry.dev`,
      resources: [
        {
          apiGroups: [group],
          apiVersions: ['*'],
          operations: ['CREATE', 'UPDATE'],
          resources: [plural],
        },
      ],
      matchConditions: [
        {
          name: 'not-going',
          expression: `oldObject == null || !has(oldObject.metadata.deletionTimestamp)`,
        },
      ],
      variables: [],
      rules: customQuotaRules,
    }),
  );
}
