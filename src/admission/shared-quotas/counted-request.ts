import type { ResourceQuotaSpec } from '../../api/native/resource-quota.ts';
import { globalQuotaLabel, managedByController, managedByLabel } from '../../api/capsule/labels.ts';
import { isInScopes } from '../../access/quotas/usage/scopes.ts';
import { usageOf } from '../../access/quotas/usage/usage-of.ts';
import type { KubeObject } from '../../kube/object.ts';
import {
  clampAmounts,
  readAmounts,
  selectAmounts,
  subtractAmounts,
  type Amounts,
} from '../../kube/resource-list.ts';
import type { AdmissionRequest } from '../request.ts';

/** What a request adds to a quota. */
export interface Addition {
  /** What the object will use. */
  usage: Amounts;
  /** What that is more than before; of nothing less than nothing. */
  delta: Amounts;
}

/** What a request adds to a quota, of the resources the quota limits. */
export function additionTo(spec: ResourceQuotaSpec, request: AdmissionRequest): Addition {
  const names = readAmounts(spec.hard).keys();
  const usage = selectAmounts(usageIn(spec, request, request.object), names);
  const before = usageIn(spec, request, request.oldObject);
  return { usage, delta: clampAmounts(subtractAmounts(usage, before)) };
}

function usageIn(
  spec: ResourceQuotaSpec,
  { resource }: AdmissionRequest,
  object: KubeObject | undefined,
): Amounts {
  if (!object || isOwnQuota(resource.resource, object)) return new Map();
  return isInScopes(spec, resource, object) ? usageOf(resource, object) : new Map();
}

/** The native quotas of a GlobalResourceQuota: counting them could keep it from ever being counted. */
function isOwnQuota(resource: string, { metadata }: KubeObject): boolean {
  if (resource !== 'resourcequotas') return false;
  const { labels = {} } = metadata;
  return labels[managedByLabel] === managedByController && labels[globalQuotaLabel] !== undefined;
}
