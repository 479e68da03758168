import {
  limitRangeLabel,
  networkPolicyLabel,
  resourceQuotaLabel,
} from '../../../api/capsule/labels.ts';
import type { TenantSpec } from '../../../api/capsule/tenant.ts';
import type { ResourceQuotaSpec } from '../../../api/native/resource-quota.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { readAmounts, writeAmounts } from '../../../kube/resource-list.ts';
import { childOf, type TenantIdentity } from './child.ts';

/** Native objects that a Tenant lists and each of its namespaces gets, by their index in the list. */
interface Listed {
  apiVersion: string;
  kind: string;
  indexLabel: string;
  itemsOf(spec: TenantSpec): readonly unknown[];
}

const listed: readonly Listed[] = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    indexLabel: networkPolicyLabel,
    itemsOf: ({ networkPolicies }) => networkPolicies?.items ?? [],
  },
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    indexLabel: limitRangeLabel,
    itemsOf: ({ limitRanges }) => limitRanges?.items ?? [],
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    indexLabel: resourceQuotaLabel,
    // One quota over all namespaces is computed (see quotas/), not copied.
    itemsOf: ({ resourceQuotas }) =>
      resourceQuotas?.scope === 'Namespace' ? (resourceQuotas.items ?? []).map(canonical) : [],
  },
];

/** Amounts as the API server writes them, so that what it answers is what was asked for. */
function canonical({ hard, ...rest }: ResourceQuotaSpec): ResourceQuotaSpec {
  return { ...rest, ...(hard && { hard: writeAmounts(readAmounts(hard)) }) };
}

/** The NetworkPolicies, LimitRanges and ResourceQuotas of a namespace: `capsule-<tenant>-<index>`. */
export function indexedChildren(
  tenant: TenantIdentity,
  namespace: string,
  spec: TenantSpec,
): KubeObject[] {
  return listed.flatMap(({ apiVersion, kind, indexLabel, itemsOf }) =>
    itemsOf(spec).map((item, index) =>
      childOf(tenant, {
        apiVersion,
        kind,
        metadata: {
          name: `capsule-${tenant.name}-${index}`,
          namespace,
          labels: { [indexLabel]: String(index) },
        },
        spec: item,
      }),
    ),
  );
}
