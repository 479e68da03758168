import type { Clock } from '../base/clock.ts';
import { systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Caches } from './cache/read-cache.ts';
import type { Metrics } from './metrics.ts';
import type { RunEvent } from './run.ts';

/** Where events about reconciled objects go. Never throws, never blocks. */
export interface EventSink {
  /** `events` are told at the same moment, in this order. */
  record(object: KubeObject, controller: string, ...events: RunEvent[]): void;
}

export interface RuntimeOptions {
  /** The control plane's own client. */
  client: KubeClient;
  caches: Caches;
  recorder: EventSink;
  metrics: Metrics;
  log: Log;
  /** Shutdown: no more runs start. */
  signal: AbortSignal;
  clock?: Clock;
  /** `--interval-jitter-percentage`; 0 keeps intervals exact. */
  jitterPercent?: number;
  /** `--min-retry-delay` and `--max-retry-delay`. */
  minRetryMs?: number;
  maxRetryMs?: number;
  /** `--requeue-dependency`: wait for a dependency that did not say when to look again. */
  dependencyMs?: number;
  /** How long runs under way may go on after shutdown before they are aborted. */
  graceMs?: number;
  /** Whose work a namespace's is; by default each namespace is its own tenant. */
  tenantOf?: (namespace: string) => string;
  /** Share of a tenant in the work, 1 by default. */
  weightOf?: (tenant: string) => number;
  /** A number in [0, 1). */
  random?: () => number;
}

/** What controllers of one process share. */
export type Runtime = Readonly<Required<RuntimeOptions>>;

/** Defaults are those of flux-parity flags where there is one. */
export function createRuntime(options: RuntimeOptions): Runtime {
  return {
    clock: systemClock,
    jitterPercent: 5,
    minRetryMs: 750,
    maxRetryMs: 15 * 60_000,
    dependencyMs: 30_000,
    graceMs: 5_000,
    tenantOf: (namespace) => namespace,
    weightOf: () => 1,
    random: Math.random,
    ...options,
  };
}
