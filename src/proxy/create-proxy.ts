import type { X509Certificate } from 'node:crypto';
import type { BlockList } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { KubeClient } from '../kube/client.ts';
import { createTokenReviews } from '../kube/token-reviews.ts';
import { createAuthenticate, type AuthType } from './caller/authenticate.ts';
import { createMayDo, rememberAllowed } from './caller/may-do.ts';
import { reviewImpersonation, type ImpersonationRules } from './caller/review-impersonation.ts';
import type { Readiness } from './forward/readiness.ts';
import type { Serve } from './forward/upstream.ts';
import { unavailable } from './refusal.ts';
import type { CallerLimits } from './server/caller-limits.ts';
import { createHandle, type Handle } from './server/handle-request.ts';
import type { OnAnswered } from './server/observe.ts';

export interface ProxyOptions {
  /** The proxy's own: asks who somebody is, and what they may do. */
  client: Pick<KubeClient, 'raw'>;
  readiness: Pick<Readiness, 'assertReady'>;
  authTypes: readonly AuthType[];
  authorities: { certificates(): readonly X509Certificate[] };
  /** Who may send forwarded certificates, in which header (in small letters). */
  forwarded: { header: string; trusted: BlockList };
  impersonation: ImpersonationRules;
  limits: CallerLimits;
  /** What follows once it is known who asks for what. */
  serve: Serve;
  onAnswered: OnAnswered;
  clock: Clock;
  log: Log;
  /** Aborted when the proxy is about to end. */
  draining: AbortSignal;
  /** Ends all that is under way. */
  signal: AbortSignal;
}

/** Tokens whose users are remembered, for as long as the API server does. */
const maxRemembered = 10_000;
/** As many as there are tenants that reconnect at the same moment. */
const maxReviews = 256;

/** Sees requests of tenants through: who is it, whom do they act as, what do they get. */
export function createProxy(options: ProxyOptions): Handle {
  const { client, clock, log, signal, serve, impersonation, onAnswered, readiness } = options;
  const tokens = createTokenReviews({ client, clock, maxReviews, maxRemembered });
  const authenticate = createAuthenticate({
    types: options.authTypes,
    tokens,
    forwarded: options.forwarded,
    authorities: options.authorities,
    readiness,
    now: () => clock.now(),
  });
  const ask = createMayDo(client, readiness);
  const mayDo = rememberAllowed(
    (who, attributes) =>
      ask(who, attributes).catch((error: unknown) => {
        throw unavailable('who may be impersonated is not known at the moment', error);
      }),
    clock,
  );
  return createHandle({
    authenticate,
    impersonated: (caller, wanted, signal) =>
      reviewImpersonation(caller, wanted, { rules: impersonation, mayDo, signal }),
    limits: options.limits,
    serve,
    onAnswered,
    draining: options.draining,
    signal,
    log,
  });
}
