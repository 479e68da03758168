import { managedByController, managedByLabel } from '../../../api/capsule/labels.ts';
import type { ResourceQuotaSpec } from '../../../api/native/resource-quota.ts';
import type { KubeObject, OwnerReference } from '../../../kube/object.ts';
import { readAmounts, writeAmounts, type Amounts } from '../../../kube/resource-list.ts';

/** A ResourceQuota that is managed for an object of ours in a namespace. */
export interface ManagedQuota {
  name: string;
  namespace: string;
  labels: Readonly<Record<string, string>>;
  owner: Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>;
  /** What counts; its own `hard` is not used. */
  counts: ResourceQuotaSpec;
  hard: Amounts;
}

/** The ResourceQuota, which goes with its owner. */
export function managedQuota({
  name,
  namespace,
  labels,
  owner,
  counts,
  hard,
}: ManagedQuota): KubeObject {
  const { hard: _hard, ...scopes } = counts;
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: {
      name,
      namespace,
      labels: { ...labels, [managedByLabel]: managedByController },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    // The API server drops a `hard` with nothing in it: it would be applied again and again.
    spec: { ...scopes, ...(hard.size > 0 && { hard: writeAmounts(hard) }) },
  };
}

/** A live ResourceQuota in numbers. */
export interface QuotaNumbers {
  /** What is written, and what of that is in force. */
  hard: Amounts;
  inForce: Amounts;
  used: Amounts;
}

export function quotaNumbers(quota: KubeObject | undefined): QuotaNumbers {
  const spec = quota?.['spec'] as { hard?: unknown } | undefined;
  const status = quota?.['status'] as { hard?: unknown; used?: unknown } | undefined;
  return {
    hard: readAmounts(spec?.hard),
    inForce: readAmounts(status?.hard),
    used: readAmounts(status?.used),
  };
}
