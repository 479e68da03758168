import path from 'node:path';
import type { Log } from '../../base/log.ts';
import type { ClusterConfig } from '../../kube/cluster-config.ts';
import { createClient, type ClosableClient } from '../../kube/connect.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import type { RequestLimit } from '../../kube/request-limiter.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { ManagerFlags } from './flags.ts';

/** Another way to the cluster, or a pace of its own. */
export interface ConnectionOptions {
  limit?: RequestLimit | undefined;
  /** Replaces parts of how the cluster is reached, never who reaches it. */
  to?: Partial<Pick<ClusterConfig, 'server' | 'ca' | 'insecureSkipTlsVerify'>>;
}

/** Opens connections to the cluster that the flags name, as this process. */
export type Connect = (options?: ConnectionOptions) => ClosableClient;

/** Reads how the cluster is reached, once for all connections. */
export async function clusterConnector(
  flags: ManagerFlags,
  metrics: Metrics,
  log: Log,
): Promise<Connect> {
  const cluster = await loadKubeconfig({
    ...(flags.kubeconfig === undefined ? {} : { paths: flags.kubeconfig.split(path.delimiter) }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
  });
  return ({ limit, to } = {}) =>
    createClient({
      cluster: { ...cluster, ...to },
      log,
      userAgent: 'tenantry-manager',
      onRequest: metrics.apiRequest,
      limit,
    });
}
