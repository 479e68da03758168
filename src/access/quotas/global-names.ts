import { createHash } from 'node:crypto';

const digest = (text: string, bytes: number) =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, 2 * bytes);

/** Name of the native quota of a GlobalResourceQuota in each of its namespaces, as Capsule has it. */
export function globalQuotaName(quota: string): string {
  return `capsule-global-quota-${digest(quota, 10)}`;
}

/** Name of its ledger, in the namespace of the control plane. */
export function globalLedgerName({ name, uid }: { name: string; uid: string }): string {
  return `global-resource-quota-${digest(`${name}/${uid}`, 16)}`;
}
