import { tenantLimit, tenantUse } from '../../access/quotas/usage-annotations.ts';
import { globalQuotaLabel } from '../../api/capsule/labels.ts';
import type { EffectiveOwner } from '../../api/capsule/owner.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import { isRecord } from '../../base/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { readAmounts, writeAmounts, type Amounts } from '../../kube/resource-list.ts';
import { conditionOf } from '../objects/facts.ts';

/** What may be used of one resource, and what is. Quantities are Kubernetes': `500m`, `16Gi`. */
export interface UseOfQuota {
  quota: string;
  /** Absent for a limit of the whole tenant. */
  namespace?: string;
  resource: string;
  used: string;
  limit: string;
  /** The limit is what this namespace has at the moment of one that several share. */
  isShare: boolean;
}

/** How a tenant is: who owns it, what it consists of and how much of its limits is used. */
export interface TenantDescription {
  tenant: string;
  state: string;
  ready: string;
  message: string;
  owners: EffectiveOwner[];
  namespaceQuota?: number;
  namespaces: { name: string; ready: string; message: string }[];
  quotas: UseOfQuota[];
  /** Namespaces whose quotas the caller may not read. */
  unread: string[];
}

/** @param quotas the ResourceQuotas of its namespaces; undefined where they may not be read */
export function describeTenant(
  tenant: Tenant,
  quotas: ReadonlyMap<string, readonly KubeObject[] | undefined>,
): TenantDescription {
  const { spec, status, metadata } = tenant;
  const ready = conditionOf(tenant, 'Ready');
  const { quota } = spec.namespaceOptions ?? {};
  return {
    tenant: metadata.name,
    state: status?.state ?? 'not reconciled yet',
    ready: ready?.status ?? 'False',
    message: ready?.message ?? 'waiting to be reconciled',
    owners: status?.owners ?? [],
    ...(quota !== undefined && { namespaceQuota: quota }),
    namespaces: namespacesOf(tenant),
    quotas: usesOf([...quotas.values()].flatMap((all) => all ?? [])),
    unread: [...quotas].flatMap(([name, all]) => (all ? [] : [name])),
  };
}

function namespacesOf({ status }: Tenant): TenantDescription['namespaces'] {
  const spaces = new Map(status?.spaces?.map((space) => [space.name, space.conditions]));
  return (status?.namespaces ?? []).map((name) => {
    const ready = spaces.get(name)?.find(({ type }) => type === 'Ready');
    return { name, ready: ready?.status ?? 'Unknown', message: ready?.message ?? '' };
  });
}

/** A limit of the whole tenant once, by whichever namespace tells of it; others where they hold. */
function usesOf(quotas: readonly KubeObject[]): UseOfQuota[] {
  const seen = new Set<string>();
  return quotas.flatMap((quota) => {
    const { name, namespace = '', labels = {} } = quota.metadata;
    const whole = tenantLimit(quota);
    if (whole.size === 0) {
      const { used, hard } = amountsOf(quota);
      const isShare = labels[globalQuotaLabel] !== undefined;
      return rows(used, hard, { quota: name, namespace, isShare });
    }
    if (seen.has(name)) return [];
    seen.add(name);
    return rows(tenantUse(quota), whole, { quota: name, isShare: false });
  });
}

function amountsOf({ status, spec }: KubeObject): { used: Amounts; hard: Amounts } {
  const { hard } = isRecord(spec) ? spec : {};
  const { used } = isRecord(status) ? status : {};
  return { used: readAmounts(used), hard: readAmounts(hard) };
}

function rows(
  used: Amounts,
  limit: Amounts,
  of: Pick<UseOfQuota, 'quota' | 'namespace' | 'isShare'>,
): UseOfQuota[] {
  const uses = writeAmounts(used);
  return Object.entries(writeAmounts(limit)).map(([resource, amount]) => ({
    ...of,
    resource,
    used: uses[resource] ?? '0',
    limit: amount,
  }));
}
