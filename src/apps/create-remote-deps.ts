import type { AccessPolicy } from '../access/security-profile.ts';
import type { Clock } from '../base/clock.ts';
import { kustomizationProfile } from '../controllers/kustomization/apply/field-manager.ts';
import type { Marks } from '../controllers/kustomization/apply/marks.ts';
import type { RemoteDeps } from '../controllers/kustomization/remote/remote-deps.ts';
import { createClusterTokens } from '../controllers/shared/remote/cluster-tokens.ts';
import { createRemoteClusters } from '../controllers/shared/remote/remote-clusters.ts';
import { createProxyShortcut } from '../controllers/shared/remote/proxy-shortcut.ts';
import type { OwnClient } from '../kube/client.ts';
import { createClient, type ClientOptions } from '../kube/connect.ts';
import type { TakeoverOptions } from '../kube/takeover.ts';
import { createTokenReviews } from '../kube/token-reviews.ts';
import { unwatchedObjects } from '../runtime/managed/unwatched-objects.ts';

export interface RemoteOptions extends Pick<ClientOptions, 'userAgent' | 'onRequest'> {
  policy: Pick<AccessPolicy, 'kubeconfigRisks'>;
  clock: Clock;
  /** `--token-cache-max-size` and `-duration`: tokens that open remote clusters. */
  tokenCache?: { maxTokens: number; maxAgeMs: number } | undefined;
  /** `--proxy-url`, for those who go past the tenant proxy, and the client that becomes its callers. */
  shortcut?: { proxyUrl: string; own: OwnClient } | undefined;
}

const hourMs = 3_600_000;

/** A server that is somebody's own may answer anything: its answers are smaller, its delays shorter. */
const transport = { connections: 8, timeoutMs: 30_000, maxResponseBytes: 32 * 1024 * 1024 };
const resend = { maxThrottled: 2, maxUnavailable: 1, maxWaitMs: 5_000, maxResets: 1 };

/** What Kustomizations with `spec.kubeConfig` share: connections, tokens, and the platform's rules. */
export function createRemoteDeps(options: RemoteOptions, takeover: TakeoverOptions): RemoteDeps {
  const { policy, clock, tokenCache, shortcut, ...client } = options;
  const { maxTokens = 100, maxAgeMs = hourMs } = tokenCache ?? {};
  return {
    clusters: createRemoteClusters({
      connect: (cluster) => createClient({ cluster, clock, transport, resend, ...client }),
      clock,
    }),
    tokens: createClusterTokens({ clock, maxTokens, maxAgeMs }),
    rules: { allow: policy.kubeconfigRisks, clock, proxyEnvironment: process.env },
    shortcut:
      shortcut && createProxyShortcut({ ...shortcut, reviews: reviewsBy(shortcut.own, clock) }),
    objects: unwatchedObjects<Marks>(kustomizationProfile(takeover)),
  };
}

const reviewsBy = (client: OwnClient, clock: Clock) =>
  createTokenReviews({ client, clock, maxReviews: 32, maxRemembered: 2000 });
