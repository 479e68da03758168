import type { CustomQuota } from '../../../api/capsule/custom-quota.ts';
import type { GlobalCustomQuota } from '../../../api/capsule/global-custom-quota.ts';
import { approximateQuantity, parseQuantity, zeroQuantity } from '../../../kube/quantity.ts';
import { conditionSeries, type Series } from './series.ts';

/** What there is of a custom quota, of either kind; of each object where the quota asks for that. */
export function customQuotaSeries(quota: CustomQuota | GlobalCustomQuota): Series[] {
  const { metadata, spec, status } = quota;
  const { name, namespace } = metadata;
  const prefix = namespace === undefined ? 'global_custom_quota_' : 'custom_quota_';
  const labels = {
    custom_quota: name,
    ...(namespace !== undefined && { target_namespace: namespace }),
  };
  const { conditions, usage, claims = [] } = status ?? {};
  const [limit, used, available] = [spec.limit, usage?.used, usage?.available].map(amount) as [
    number,
    number,
    number,
  ];
  const percentage = limit > 0 ? (used / limit) * 100 : 0;
  const values = { usage: used, usage_percentage: percentage, limit, available };
  return [
    ...conditionSeries(`${prefix}condition`, labels, { conditions, types: ['Ready'] }),
    ...Object.entries(values).map(([part, value]) => ({
      family: `${prefix}resource_${part}`,
      labels,
      value,
    })),
    ...(spec.options.emitMetricPerClaimUsage ? claims : []).map((claim) => ({
      family: `${prefix}resource_item_usage`,
      labels: {
        ...labels,
        name: claim.name,
        target_namespace: claim.namespace ?? '',
        kind: claim.kind,
        group: claim.group,
      },
      value: amount(claim.usage),
    })),
  ];
}

const amount = (value: unknown) => approximateQuantity(parseQuantity(value) ?? zeroQuantity);
