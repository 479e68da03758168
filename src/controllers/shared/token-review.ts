import { createHash } from 'node:crypto';
import { parseServiceAccountUser } from '../../access/service-account-user.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { ObjectKey } from '../../kube/object.ts';

/** Tells whose token it is, by asking the API server. */
export interface TokenReviewer {
  /**
   * The ServiceAccount a bearer token belongs to; undefined for every token that is not valid for
   * the audience, and when the API server cannot say. Never throws.
   */
  serviceAccountOf(token: string): Promise<Required<ObjectKey> | undefined>;
}

/** authentication.k8s.io/v1 TokenReview, as far as it is read. */
interface TokenReview {
  status?: {
    authenticated?: boolean;
    error?: string;
    audiences?: string[];
    user?: { username?: string };
  };
}

/** Reviews under way at once: what a flood of tokens can cost the API server. */
const maxReviews = 32;
const maxRemembered = 1000;
/** How long a revoked token may still open artifacts; grants are not cached at all. */
const rememberMs = 10_000;
const reviewTimeoutMs = 5_000;
/** Three base64url parts, of the length ServiceAccount tokens have. */
const jwtPattern = /^[A-Za-z0-9_-]{2,2048}\.[A-Za-z0-9_-]{2,8192}\.[A-Za-z0-9_-]{2,2048}$/;

/**
 * Only what was accepted is remembered, briefly, boundedly, and by hash; refusals never are, so
 * random tokens cost no memory.
 */
export function createTokenReviewer(options: {
  client: Pick<KubeClient, 'raw'>;
  audience: string;
  clock: Clock;
  log: Log;
}): TokenReviewer {
  const { audience, clock } = options;
  const accepted = new Map<string, { account: Required<ObjectKey>; untilMs: number }>();
  const underWay = new Map<string, Promise<Required<ObjectKey> | undefined>>();

  function remember(hash: string, account: Required<ObjectKey>, expiresMs: number) {
    for (const oldest of accepted.keys()) {
      if (accepted.size < maxRemembered) break;
      accepted.delete(oldest);
    }
    accepted.set(hash, { account, untilMs: Math.min(expiresMs, clock.now() + rememberMs) });
  }

  function recall(hash: string): Required<ObjectKey> | undefined {
    const found = accepted.get(hash);
    if (!found || found.untilMs > clock.now()) return found?.account;
    accepted.delete(hash);
    return undefined;
  }

  return {
    async serviceAccountOf(token) {
      const claims = readClaims(token);
      // Saves the API server what cannot be valid; what passes is verified there.
      if (!claims || claims.expiresMs <= clock.now() || !claims.audiences.includes(audience)) {
        return undefined;
      }
      const hash = createHash('sha256').update(token).digest('base64');
      const known = recall(hash) ?? underWay.get(hash);
      if (known || underWay.size >= maxReviews) return known;
      const review = reviewToken(token, options).finally(() => underWay.delete(hash));
      underWay.set(hash, review);
      const account = await review;
      if (account) remember(hash, account, claims.expiresMs);
      return account;
    },
  };
}

async function reviewToken(
  token: string,
  { client, audience, log }: Parameters<typeof createTokenReviewer>[0],
): Promise<Required<ObjectKey> | undefined> {
  try {
    const { status } = await client.raw<TokenReview>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences: [audience] },
      },
      // Shared by all who wait for this token's review, so no caller's abort ends it.
      signal: AbortSignal.timeout(reviewTimeoutMs),
    });
    return accountOf(status, audience);
  } catch (error) {
    log.error('token review failed', error);
    return undefined;
  }
}

/** An answer counts only if it says yes in every field that can say no (CVE-2023-48312). */
function accountOf(status: TokenReview['status'], audience: string) {
  if (status?.authenticated !== true || status.error) return undefined;
  // An API server that does not know audiences leaves the field out: nobody checked ours then.
  if (!status.audiences?.includes(audience)) return undefined;
  return parseServiceAccountUser(status.user?.username ?? '');
}

/** What a token says about itself, unverified. */
function readClaims(token: string): { expiresMs: number; audiences: unknown[] } | undefined {
  if (!jwtPattern.test(token)) return undefined;
  const [, payload = ''] = token.split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    if (typeof claims !== 'object' || claims === null) return undefined;
    const { exp, aud } = claims as { exp?: unknown; aud?: unknown };
    if (typeof exp !== 'number') return undefined;
    return { expiresMs: exp * 1000, audiences: Array.isArray(aud) ? aud : [aud] };
  } catch {
    return undefined;
  }
}
