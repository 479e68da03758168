/** Jobs that wait, served in turns between tenants and in order within one. */
export interface TenantTurns<Job extends { tenant: string }> {
  readonly size: number;
  add(job: Job): void;
  /** The next job whose tenant is admitted; a tenant passed over keeps its turn. */
  next(admits: (tenant: string) => boolean): Job | undefined;
  /** Takes a job back that no longer waits to be served. */
  remove(job: Job): void;
}

/** An empty waiting room. */
export function createTenantTurns<Job extends { tenant: string }>(): TenantTurns<Job> {
  // Both levels keep insertion order: the first tenant has the next turn.
  const waiting = new Map<string, Set<Job>>();
  let size = 0;

  function remove(job: Job): void {
    const own = waiting.get(job.tenant);
    if (!own?.delete(job)) return;
    size -= 1;
    if (own.size === 0) waiting.delete(job.tenant);
  }

  return {
    get size() {
      return size;
    },
    add(job) {
      const own = waiting.get(job.tenant) ?? new Set();
      waiting.set(job.tenant, own.add(job));
      size += 1;
    },
    next(admits) {
      for (const [tenant, own] of waiting) {
        const [job] = own;
        if (job === undefined || !admits(tenant)) continue;
        remove(job);
        if (waiting.delete(tenant)) waiting.set(tenant, own);
        return job;
      }
      return undefined;
    },
    remove,
  };
}
