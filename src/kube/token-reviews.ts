import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { KubeClient } from './client.ts';

/** Whose token it is: authentication.k8s.io/v1 UserInfo. */
export interface ReviewedUser {
  /** Never empty. */
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Tells whose token it is, by asking the API server. */
export interface TokenReviews {
  /**
   * Undefined for a token that is not valid. The same object for the same token while it is
   * remembered. Rejects with {@link TokenReviewError} when the API server cannot say.
   */
  userOf(token: string): Promise<ReviewedUser | undefined>;
}

/** Whether a token is valid is not known. */
export class TokenReviewError extends Error {
  override name = 'TokenReviewError';
}

export interface TokenReviewsOptions {
  client: Pick<KubeClient, 'raw'>;
  clock: Clock;
  /** Whom the token must be for; the API server itself if absent. */
  audience?: string;
  /** Reviews under way at once: what a flood of tokens can cost the API server. */
  maxReviews: number;
  /** Users remembered at once. */
  maxRemembered: number;
}

/**
 * How long a revoked token may still be taken: as long as the API server itself remembers one
 * (its cache of authenticated tokens).
 */
const rememberMs = 10_000;
const reviewTimeoutMs = 5_000;

/** authentication.k8s.io/v1 TokenReview, as far as it is read. */
interface TokenReview {
  status?: {
    authenticated?: boolean;
    error?: string;
    audiences?: string[];
    user?: ReviewUser;
  };
}

type ReviewUser = { -readonly [Field in keyof ReviewedUser]?: ReviewedUser[Field] };

/**
 * Only what was accepted is remembered, briefly, boundedly, and by hash; refusals never are, so
 * random tokens cost no memory.
 */
export function createTokenReviews(options: TokenReviewsOptions): TokenReviews {
  const { clock, maxReviews, maxRemembered } = options;
  const accepted = new Map<string, { user: ReviewedUser; untilMs: number }>();
  const underWay = new Map<string, Promise<ReviewedUser | undefined>>();

  function remember(hash: string, user: ReviewedUser, expiresMs: number) {
    accepted.delete(hash);
    for (const oldest of accepted.keys()) {
      if (accepted.size < maxRemembered) break;
      accepted.delete(oldest);
    }
    accepted.set(hash, { user, untilMs: Math.min(expiresMs, clock.now() + rememberMs) });
  }

  function recall(hash: string): ReviewedUser | undefined {
    const found = accepted.get(hash);
    if (!found || found.untilMs > clock.now()) return found?.user;
    accepted.delete(hash);
    return undefined;
  }

  return {
    async userOf(token) {
      const hash = createHash('sha256').update(token).digest('base64');
      const known = recall(hash) ?? underWay.get(hash);
      if (known) return known;
      if (underWay.size >= maxReviews) throw new TokenReviewError('too many reviews at once');
      const review = reviewToken(token, options).finally(() => underWay.delete(hash));
      underWay.set(hash, review);
      const user = await review;
      if (user) remember(hash, user, expiryOf(token));
      return user;
    },
  };
}

async function reviewToken(
  token: string,
  { client, clock, audience }: TokenReviewsOptions,
): Promise<ReviewedUser | undefined> {
  // Shared by all who wait for this token's review, so no caller's abort ends it. AbortSignal.timeout
  // would outlive the answer, as many of them as there are tokens in a flood.
  const ending = new AbortController();
  const cancel = clock.after(reviewTimeoutMs, () => ending.abort(new Error('no answer in time')));
  try {
    const { status } = await client.raw<TokenReview>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, ...(audience !== undefined && { audiences: [audience] }) },
      },
      signal: ending.signal,
    });
    return userIn(status, audience);
  } catch (error) {
    throw new TokenReviewError('token review failed', { cause: error });
  } finally {
    cancel();
  }
}

/** An answer counts only if it says yes in every field that can say no (CVE-2023-48312). */
function userIn(
  status: TokenReview['status'],
  audience: string | undefined,
): ReviewedUser | undefined {
  if (status?.authenticated !== true || status.error) return undefined;
  // An API server that does not know audiences leaves the field out: nobody checked ours then.
  if (audience !== undefined && !status.audiences?.includes(audience)) return undefined;
  return status.user && knownUser(status.user);
}

function knownUser(user: ReviewUser): ReviewedUser | undefined {
  const { username = '', uid = '', groups = [], extra = {} } = user;
  if (username === '') return undefined;
  return { username, ...(uid !== '' && { uid }), groups, extra };
}

/** When a token says that it ends, unverified, in milliseconds; never if it says nothing. */
function expiryOf(token: string): number {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    );
    const exp = (claims as { exp?: unknown } | null)?.exp;
    return typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
