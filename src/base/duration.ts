const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** The longest duration taken at face value; anything above (`9999999h`) is clamped to it. */
export const maxDurationMs = 10 * 365 * 24 * unitMs.h;

/** The CRDs' pattern for durations (metav1.Duration as Flux restricts it). */
export const durationPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$';

/** Milliseconds of a Go duration such as `1m30s`; undefined if it is not one. Never NaN or infinite. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$/.test(text) || text.length > 64) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    total += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return Number.isFinite(total) ? Math.min(total, maxDurationMs) : maxDurationMs;
}

/** The Go form of a duration: `formatDuration(90_000)` is `1m30s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return ms === 0 ? '0s' : `${Number(ms.toFixed(3))}ms`;
  const hours = Math.floor(ms / unitMs.h);
  const minutes = Math.floor((ms % unitMs.h) / unitMs.m);
  const seconds = Number(((ms % unitMs.m) / unitMs.s).toFixed(3));
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
