import { Reason } from '../../api/reasons.ts';
import type { Clock } from '../../base/clock.ts';
import { retryable } from '../../base/errors.ts';
import { isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { referenceId, type ObjectKey } from '../../kube/object.ts';
import { requestToken, type AccountToken } from '../../kube/service-account-token.ts';

/** Tokens that open artifacts for a consumer, as its own ServiceAccount. */
export interface ConsumerTokens {
  /** A token with at least a minute to live. Throws ArtifactFailed when the account is missing. */
  tokenFor(account: Required<ObjectKey>, signal: AbortSignal): Promise<string>;
  /** Forgets a token that was refused. */
  forget(account: Required<ObjectKey>): void;
}

const spareMs = 60_000;
const hourMs = 3_600_000;

/**
 * Short-lived tokens by the TokenRequest API: bound to one audience, never stored anywhere, and of
 * the consumer's account rather than ours, so that the artifact server decides about the consumer.
 */
export function createConsumerTokens(options: {
  client: Pick<KubeClient, 'raw'>;
  audience: string;
  clock: Clock;
  /** `--token-cache-max-size`; 0 remembers none. */
  maxTokens?: number;
  /** `--token-cache-max-duration`; an hour at most. */
  maxAgeMs?: number;
}): ConsumerTokens {
  const { client, audience, clock, maxTokens = 1000 } = options;
  const maxAgeMs = Math.min(options.maxAgeMs ?? hourMs, hourMs);
  const tokens = new Map<string, { token: string; untilMs: number }>();
  const idOf = (account: Required<ObjectKey>) =>
    referenceId({ group: '', kind: 'ServiceAccount' }, account);

  function remember(id: string, { token, expirationTimestamp }: AccountToken) {
    if (maxTokens <= 0) return;
    for (const oldest of tokens.keys()) {
      if (tokens.size < maxTokens) break;
      tokens.delete(oldest);
    }
    const lastMs = Date.parse(expirationTimestamp) - spareMs;
    const untilMs = Math.min(lastMs, clock.now() + maxAgeMs);
    tokens.set(id, { token, untilMs });
  }

  return {
    async tokenFor(account, signal) {
      const id = idOf(account);
      const known = tokens.get(id);
      if (known && known.untilMs > clock.now()) return known.token;
      const answer = await consumerToken(client, account, audience, signal);
      tokens.delete(id);
      remember(id, answer);
      return answer.token;
    },
    forget: (account) => void tokens.delete(idOf(account)),
  };
}

async function consumerToken(
  client: Pick<KubeClient, 'raw'>,
  account: Required<ObjectKey>,
  audience: string,
  signal: AbortSignal,
): Promise<AccountToken> {
  try {
    return await requestToken(client, account, [audience], signal);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const message = `ServiceAccount '${account.namespace}/${account.name}' not found: create it or correct serviceAccountName`;
    throw retryable(Reason.ArtifactFailed, message, { cause: error });
  }
}
