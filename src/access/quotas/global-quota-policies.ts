import { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import type { KubeObject } from '../../kube/object.ts';
import { validatingPolicy } from '../policy/compile.ts';
import { globalQuotaRules, type GlobalQuotaUpdate } from './global-quota-rules.ts';

/** What holds of shared quotas with no process of ours running. */
export function globalQuotaPolicies(): KubeObject[] {
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
