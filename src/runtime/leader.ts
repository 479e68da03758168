import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { KubeClient } from '../kube/client.ts';
import { runAsLeader } from '../kube/lease.ts';

/**
 * Name of the Lease of a component; shards (`--watch-label-selector`) elect leaders of their own:
 * `kustomize-controller-leader-election-0861495d`.
 */
export function leaseNameFor(component: string, watchLabelSelector = ''): string {
  const base = `${component}-leader-election`;
  if (watchLabelSelector === '') return base;
  const digest = createHash('sha256').update(watchLabelSelector).digest('hex');
  return `${base}-${digest.slice(0, 8)}`;
}

export interface LeadOptions {
  /** `--enable-leader-election`; without it the work starts at once. */
  enabled: boolean;
  client: KubeClient;
  /** Namespace the process runs in (`RUNTIME_NAMESPACE`). */
  namespace: string;
  component: string;
  watchLabelSelector?: string;
  /** The pod; made unique per process. */
  instance: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** `--leader-election-lease-duration`, `-renew-deadline`, `-retry-period`. */
  leaseMs?: number;
  renewMs?: number;
  retryMs?: number;
  /** `--leader-election-release-on-cancel`; true by default. */
  releases?: boolean;
}

/**
 * Runs `work` when this process leads, until its signal aborts; see {@link runAsLeader} for what
 * is guaranteed. @throws LeadershipLostError when another process may lead: exit.
 */
export async function lead(
  options: LeadOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { enabled, component, watchLabelSelector, instance, ...lease } = options;
  if (!enabled) return await work(options.signal);
  const name = leaseNameFor(component, watchLabelSelector);
  const holder = `${instance}_${randomBytes(8).toString('hex')}`;
  await runAsLeader({ ...lease, name, holder }, work);
}
