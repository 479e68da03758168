import { parseDuration } from '../../base/duration.ts';

/** The durations of a Kustomization's spec, as Go writes them. */
export interface TimingSpec {
  interval: string;
  retryInterval?: string | undefined;
  timeout?: string | undefined;
}

const floorMs = 30_000;
const defaultIntervalMs = 10 * 60_000;

/** Time between reconciles without a cause. */
export function intervalMs({ interval }: TimingSpec): number {
  return parseDuration(interval) ?? defaultIntervalMs;
}

/** Fixed wait after a failure: constant, never growing. */
export function retryMs(spec: TimingSpec): number {
  return (spec.retryInterval && parseDuration(spec.retryInterval)) || intervalMs(spec);
}

/**
 * How long one attempt may take, from its start to healthy: `spec.timeout`, by default the
 * interval less 30 s, and never below 30 s, even if the spec says so.
 */
export function timeoutMs(spec: TimingSpec): number {
  const given = spec.timeout === undefined ? undefined : parseDuration(spec.timeout);
  return Math.max(given ?? intervalMs(spec) - floorMs, floorMs);
}
