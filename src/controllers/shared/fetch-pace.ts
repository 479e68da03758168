const firstMs = 500;
const longestMs = 30_000;
const maxDownloads = 10_000;

/** How soon a download that failed is tried again, before its consumer waits as after any failure. */
export interface FetchPace {
  /** Counts a failure; milliseconds until the next try, undefined when tried often enough. */
  failed(id: string): number | undefined;
  succeeded(id: string): void;
}

/**
 * `retries` tries in quick succession, further and further apart (`--http-retry`). Between them no
 * worker is held: the consumer's run ends, and begins again.
 */
export function createFetchPace(retries: number): FetchPace {
  const failures = new Map<string, number>();
  return {
    failed(id) {
      const before = failures.get(id) ?? 0;
      failures.delete(id);
      if (before >= retries) return undefined;
      failures.set(id, before + 1);
      const [oldest] = failures.keys();
      if (failures.size > maxDownloads && oldest !== undefined) failures.delete(oldest);
      return Math.min(firstMs * 2 ** before, longestMs);
    },
    succeeded: (id) => void failures.delete(id),
  };
}
