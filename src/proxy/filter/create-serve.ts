import { isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { equalJson } from '../../base/json.ts';
import { decide } from '../decide/decide.ts';
import type { Decision, Filter, Impersonate, OneVisible } from '../decide/decision.ts';
import { isVisible } from '../decide/is-visible.ts';
import type { Readiness } from '../forward/readiness.ts';
import type { Exchange, Serve, Upstream } from '../forward/upstream.ts';
import { unavailable } from '../refusal.ts';
import type { Observe } from '../view/observe.ts';
import type { ServedKinds } from '../view/served-kinds.ts';
import { exactDeletion } from './exact-deletion.ts';
import { readMetadata } from './read-metadata.ts';
import { notFound, notGranted } from './refusals.ts';
import { serveReview } from './serve-review.ts';
import { serveFilter } from './serve-filter.ts';
import type { RunningScope, WatchedScopes } from './watched-scopes.ts';

export interface ServeDeps {
  observe: Observe;
  upstream: Upstream;
  scopes: WatchedScopes;
  kinds: ServedKinds;
  /** False while what is known of who sees what may have been withdrawn. */
  isCurrent(): boolean;
  readiness: Pick<Readiness, 'assertReady'>;
  /** The proxy's own. */
  client: Pick<KubeClient, 'raw' | 'get'>;
}

/** Makes the function that decides about requests, and does what was decided. */
export function createServe(deps: ServeDeps): Serve {
  const decideAbout = async ({ asked, caller }: Exchange, isFresh = true): Promise<Decision> => {
    const { view, facts } = await deps.observe(asked, caller, isFresh).catch((error: unknown) => {
      throw unavailable('what may be seen cannot be found out at the moment', error);
    });
    return decide(asked, view, facts);
  };
  return async (exchange) => {
    const decidedAt = deps.scopes.changes;
    const decision = await decideAbout(exchange);
    if (decision.kind !== 'impersonate' && !deps.isCurrent()) {
      throw unavailable(
        'what tenants may see is not known at the moment: the cluster is not heard',
      );
    }
    switch (decision.kind) {
      case 'impersonate':
        return await asCaller(exchange, decision, deps);
      case 'one-visible':
        return await oneVisible(exchange, decision, deps);
      case 'review':
        return await serveReview(exchange, decision, deps);
      case 'filter':
        return await filtered(exchange, decision, deps, {
          decidedAt,
          decideAgain: () => decideAbout(exchange, false),
        });
    }
  };
}

async function asCaller(
  exchange: Exchange,
  { forbiddenAs }: Impersonate,
  { upstream, client }: ServeDeps,
): Promise<void> {
  const { asked } = exchange;
  const isReplaced = async (status: number) =>
    status === 403 && (forbiddenAs === 'not-granted' || !(await hasNamespace(exchange, client)));
  const isPassed = await upstream.stream(exchange, {
    as: 'caller',
    ...(forbiddenAs && { replaces: isReplaced }),
  });
  if (!isPassed) throw forbiddenAs === 'not-granted' ? notGranted(asked) : notFound(asked);
}

/** The API server is asked, not a watch: a namespace may be a moment old. */
async function hasNamespace(
  { asked, signal }: Exchange,
  client: ServeDeps['client'],
): Promise<boolean> {
  try {
    await client.get(namespaceType, { name: asked.namespace ?? '' }, { signal });
    return true;
  } catch (error) {
    // What cannot be found out changes no answer.
    return !isNotFound(error);
  }
}

async function oneVisible(
  exchange: Exchange,
  { visible }: OneVisible,
  { upstream, client, readiness }: ServeDeps,
): Promise<void> {
  const { asked, signal } = exchange;
  const metadata = await readMetadata(client, asked.path, signal);
  if (!metadata) await readiness.assertReady();
  // A name that is visible makes nothing that does not exist: to write one is not to create it.
  if (!metadata || !isVisible(visible, metadata)) throw notFound(asked);
  // Who writes is asked about as itself: what is forbidden to users of tenants is forbidden here.
  const exact = asked.verb === 'delete' ? await exactDeletion(exchange, metadata.uid) : {};
  await upstream.stream(exchange, { as: asked.verb === 'get' ? 'proxy' : 'granted', ...exact });
}

/** A watch ends when the same request would be answered with something else. */
async function filtered(
  exchange: Exchange,
  decision: Filter,
  { upstream, scopes, client, isCurrent }: ServeDeps,
  { decidedAt, decideAgain }: { decidedAt: number; decideAgain: () => Promise<Decision> },
): Promise<void> {
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  if (!exchange.asked.isWatch)
    return await serveFilter(exchange, decision, { upstream, client, isOver });
  const scope: RunningScope = {
    hasChanged: async () => !isCurrent() || !equalJson(decision, await decideAgain()),
    end() {
      resolve();
      exchange.upgrading?.socket.destroy();
    },
  };
  const forget = scopes.add(scope, decidedAt);
  try {
    await serveFilter(exchange, decision, { upstream, client, isOver });
  } finally {
    forget();
  }
}
