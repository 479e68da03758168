import { kustomizationProfile } from '../controllers/kustomization/apply/field-manager.ts';
import type { Marks } from '../controllers/kustomization/apply/marks.ts';
import type { RemoteDeps } from '../controllers/kustomization/remote/remote-target.ts';
import { createClusterTokens } from '../controllers/shared/remote/cluster-tokens.ts';
import { createRemoteClusters } from '../controllers/shared/remote/remote-clusters.ts';
import { createClient } from '../kube/connect.ts';
import type { TakeoverOptions } from '../kube/takeover.ts';
import { unwatchedObjects } from '../runtime/managed/unwatched-objects.ts';
import type { KustomizeComponentOptions } from './start-kustomize-component.ts';

const hourMs = 3_600_000;

/** A server that is somebody's own may answer anything: its answers are smaller, its delays shorter. */
const transport = { connections: 8, timeoutMs: 30_000, maxResponseBytes: 32 * 1024 * 1024 };
const resend = { maxThrottled: 2, maxWaitMs: 5_000, maxResets: 1 };

/** What Kustomizations with `spec.kubeConfig` share: connections, tokens, and the platform's rules. */
export function createRemoteDeps(
  options: KustomizeComponentOptions,
  takeover: TakeoverOptions,
): RemoteDeps {
  const { runtime, policy } = options;
  const { clock, metrics } = runtime;
  const { maxTokens = 100, maxAgeMs = hourMs } = options.tokenCache ?? {};
  return {
    clusters: createRemoteClusters({
      connect: (cluster) =>
        createClient({
          cluster,
          clock,
          userAgent: 'tenantry-manager',
          transport,
          resend,
          // What kinds there are is the remote server's say: it names none of our series.
          onRequest: ({ verb, code }) =>
            metrics.apiRequest({ verb, resource: 'remote', code, identity: 'tenant' }),
        }),
      clock,
    }),
    tokens: createClusterTokens({ clock, maxTokens, maxAgeMs }),
    rules: { allow: policy.kubeconfigRisks, clock, proxyEnvironment: process.env },
    objects: unwatchedObjects<Marks>(kustomizationProfile(takeover)),
  };
}
