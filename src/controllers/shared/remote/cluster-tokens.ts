import { Reason } from '../../../api/reasons.ts';
import type { Clock } from '../../../base/clock.ts';
import { retryable } from '../../../base/errors.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { CredentialSource } from '../../../kube/cluster-config.ts';
import type { ObjectKey } from '../../../kube/object.ts';
import { explainNoToken, requestToken } from '../../../kube/service-account-token.ts';
import { UnusableClusterError } from './unusable-cluster.ts';

/** Whose token it is, for whom, and who asks for it. */
export interface TokenSubject {
  account: Required<ObjectKey>;
  audiences: readonly string[];
  /** Asks, with the rights of `user`: never the control plane for a tenant. */
  client: Pick<KubeClient, 'raw'>;
  user: string;
}

/** Tokens of ServiceAccounts of this cluster, which another cluster trusts. */
export interface ClusterTokens {
  credentials(subject: TokenSubject): CredentialSource;
}

export interface ClusterTokensOptions {
  clock: Clock;
  /** `--token-cache-max-size`; with 0 each request has a token of its own. */
  maxTokens: number;
  /** `--token-cache-max-duration`. */
  maxAgeMs: number;
}

interface Held {
  authorization: string;
  untilMs: number;
}

/** The share of its life after which a token is renewed, as the kubelet does. */
const renewAt = 0.8;

/** Asks for short-lived tokens when they are needed, and keeps a bounded number of them in memory. */
export function createClusterTokens(options: ClusterTokensOptions): ClusterTokens {
  const { clock, maxTokens, maxAgeMs } = options;
  const tokens = new Map<string, Held>();
  const running = new Map<string, Promise<Held>>();

  const keep = (id: string, held: Held) => {
    tokens.delete(id);
    for (const oldest of tokens.keys()) {
      if (tokens.size < maxTokens) break;
      tokens.delete(oldest);
    }
    if (maxTokens > 0) tokens.set(id, held);
  };
  const fetchToken = async (id: string, subject: TokenSubject): Promise<Held> => {
    const askedAt = clock.now();
    const { token, expirationTimestamp } = await tokenOf(subject);
    const life = Date.parse(expirationTimestamp) - askedAt;
    const untilMs = askedAt + Math.min(life * renewAt, maxAgeMs);
    const held = { authorization: `Bearer ${token}`, untilMs };
    keep(id, held);
    return held;
  };

  return {
    credentials(subject) {
      const { account, audiences, user } = subject;
      const id = JSON.stringify([user, account.namespace, account.name, audiences]);
      return {
        async current() {
          const known = tokens.get(id);
          if (known && clock.now() < known.untilMs) return { authorization: known.authorization };
          const asked = running.get(id) ?? fetchToken(id, subject);
          running.set(id, asked);
          const { authorization } = await asked.finally(() => running.delete(id));
          return { authorization };
        },
        reject({ authorization }) {
          if (tokens.get(id)?.authorization === authorization) tokens.delete(id);
        },
      };
    },
  };
}

async function tokenOf({ client, user, account, audiences }: TokenSubject) {
  try {
    return await requestToken(client, account, audiences);
  } catch (error) {
    const namedBy = 'serviceAccountName in the ConfigMap';
    const why = explainNoToken(error, { account, user, namedBy });
    if (!why) throw error;
    if (why.isMissing) throw new UnusableClusterError(why.message, { cause: error });
    throw retryable(Reason.ReconciliationFailed, why.message, { cause: error });
  }
}
