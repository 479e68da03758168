import type { Amounts } from '../../../kube/resource-list.ts';

/** What this process knows of the quotas of a tenant that the watch does not show yet, or never. */
export interface TenantMemory {
  /**
   * Limits that were decided, by namespace and name of the quota. They count from then on: a quota
   * that was just created is not in the watch yet, and what it allows must not be given twice.
   */
  decided: Map<string, Amounts>;
  /** Use of the tenant as its quotas say it, by what tells the quotas apart. */
  told: Map<string, Amounts>;
  /** When that was last brought up to date. */
  toldAtMs: number;
}

/** Memories of tenants, by uid. Lost with the process: the first list of its successor shows all. */
export interface QuotaMemory {
  of(uid: string): TenantMemory;
  forget(uid: string): void;
}

export function createQuotaMemory(): QuotaMemory {
  const memories = new Map<string, TenantMemory>();
  return {
    of(uid) {
      const known = memories.get(uid) ?? {
        decided: new Map(),
        told: new Map(),
        toldAtMs: -Infinity,
      };
      memories.set(uid, known);
      return known;
    },
    forget: (uid) => void memories.delete(uid),
  };
}
