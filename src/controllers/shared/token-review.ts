import { parseServiceAccountUser } from '../../access/service-account-user.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { ObjectKey } from '../../kube/object.ts';
import { readTokenClaims } from '../../kube/token-claims.ts';
import { createTokenReviews } from '../../kube/token-reviews.ts';

/** Tells whose token it is, by asking the API server. */
export interface TokenReviewer {
  /**
   * The ServiceAccount a bearer token belongs to; undefined for every token that is not valid for
   * the audience, and when the API server cannot say. Never throws.
   */
  serviceAccountOf(token: string): Promise<Required<ObjectKey> | undefined>;
}

/** Reviews under way at once: what a flood of tokens can cost the API server. */
const maxReviews = 32;
const maxRemembered = 1000;

/** Asks for tokens of an audience of ours; what cannot be one costs no request. */
export function createTokenReviewer(options: {
  client: Pick<KubeClient, 'raw'>;
  audience: string;
  clock: Clock;
  log: Log;
}): TokenReviewer {
  const { audience, clock, log } = options;
  const reviews = createTokenReviews({ ...options, maxReviews, maxRemembered });
  return {
    async serviceAccountOf(token) {
      const claims = readTokenClaims(token);
      // Saves the API server what cannot be valid; what passes is verified there.
      if (!claims || claims.expiresMs <= clock.now() || !claims.audiences.includes(audience)) {
        return undefined;
      }
      try {
        const user = await reviews.userOf(token);
        return user && parseServiceAccountUser(user.username);
      } catch (error) {
        log.error('the owner of a token is not known', error);
        return undefined;
      }
    },
  };
}
