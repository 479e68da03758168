import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { ClusterConfig } from '../../kube/cluster-config.ts';
import { createClient } from '../../kube/connect.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import {
  watchClientAuthorities,
  type ClientAuthorities,
} from '../../proxy/caller/client-authorities.ts';
import { createProxy } from '../../proxy/create-proxy.ts';
import { createUpstream } from '../../proxy/forward/create-upstream.ts';
import { createReadiness } from '../../proxy/forward/readiness.ts';
import type { Serve, Upstream } from '../../proxy/forward/upstream.ts';
import type { Handle } from '../../proxy/server/handle-request.ts';
import { openServer, type ProxyServer, type ServedTls } from '../../proxy/server/open-server.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { homeNamespace } from '../process/home-namespace.ts';
import type { ProxyFlags } from './flags.ts';
import { passingBy } from './passing-by.ts';
import { proxyCertificates } from './proxy-certificates.ts';
import { startView } from './start-view.ts';

/** A proxy that serves. */
export interface RunningProxy extends AsyncDisposable {
  /** `https://0.0.0.0:9001`, where it listens. */
  readonly url: string;
  /** PEM of the authority that its certificate is by; undefined for files without, and for HTTP. */
  caPem(): string | undefined;
  /** Whether the API server is there to answer. */
  isApiReady(): Promise<boolean>;
  /** Takes no new requests, gives those under way so long, and then ends them. */
  end(graceMs: number): Promise<void>;
}

/** Connects to the cluster and serves it to tenants. */
export async function startProxy(
  flags: ProxyFlags,
  { metrics, log }: { metrics: Pick<Metrics, 'apiRequest' | 'proxied'>; log: Log },
): Promise<RunningProxy> {
  tellOpened(flags, log);
  await using stack = new AsyncDisposableStack();
  const cluster = await clusterOf(flags);
  const client = createClient({
    cluster,
    log,
    userAgent: 'tenantry-proxy',
    onRequest: metrics.apiRequest,
    limit: flags.apiLimit,
  });
  stack.defer(() => client.close());
  const [draining, ending] = [new AbortController(), new AbortController()];
  const readiness = createReadiness(client, systemClock);
  const upstream = createUpstream({
    cluster,
    readiness,
    forwardedHeader: flags.forwardedHeader,
    draining: draining.signal,
  });
  stack.defer(() => upstream.close());
  const shared = { client, clock: systemClock, log, signal: ending.signal, readiness };
  stack.defer(() => ending.abort());
  const authorities = await watchClientAuthorities({ ...shared, fallbackPem: cluster.ca });
  const pass = impersonating(upstream);
  const serve = await startView({ ...shared, upstream }, flags);
  const handle = createProxy({
    ...shared,
    authTypes: flags.authTypes,
    authorities,
    forwarded: { header: flags.forwardedHeader, trusted: flags.trustedProxies },
    impersonation: {
      isGroupUsed: flags.isGroupUsed,
      skipReview: flags.gates.SkipImpersonationReview,
    },
    limits: flags.callerLimits,
    serve: passingBy(flags, pass, serve),
    onAnswered: metrics.proxied,
    draining: draining.signal,
  });
  const { server, caPem } = await listen(flags, { handle, authorities, ...shared });
  stack.defer(() => server.closeAll());
  const running = stack.move();
  return {
    url: server.url,
    caPem,
    isApiReady: () => readiness.isReady(),
    end: (graceMs) => end(server, { draining, ending, graceMs }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Opens the listener, and renews what it serves with and whom it trusts. */
async function listen(
  flags: ProxyFlags,
  options: Omit<Parameters<typeof proxyCertificates>[1], 'namespace'> & {
    handle: Handle;
    authorities: ClientAuthorities;
  },
) {
  const { handle, authorities } = options;
  const namespace = flags.namespace ?? homeNamespace;
  const certificates = await proxyCertificates(flags.tls, { ...options, namespace });
  const isTrusting = flags.authTypes.includes('TLSCertificate');
  const served = (): ServedTls | undefined =>
    certificates && {
      ...certificates.current(),
      clientCaPem: isTrusting ? authorities.pem() : '',
    };
  const server = await openServer({ ...flags.listen, tls: served(), handle });
  const renew = () => {
    const next = served();
    if (next) server.renew(next);
  };
  certificates?.onRenewal(renew);
  authorities.onChange(renew);
  return { server, caPem: () => certificates?.current().caPem };
}

async function end(
  server: ProxyServer,
  {
    draining,
    ending,
    graceMs,
  }: Record<'draining' | 'ending', AbortController> & { graceMs: number },
): Promise<void> {
  const closed = server.close();
  draining.abort();
  await Promise.race([closed, pause(graceMs, undefined, { ref: false })]);
  ending.abort();
  server.closeAll();
  await closed;
}

/** Passes everything on as who asks. */
const impersonating =
  (upstream: Upstream): Serve =>
  async (exchange) => {
    await upstream.stream(exchange, { as: 'caller' });
  };

function tellOpened({ gates, tls }: ProxyFlags, log: Log): void {
  if (gates.SkipImpersonationReview) {
    log.info('opened', { flag: 'SkipImpersonationReview: clients may act as anybody' });
  }
  if (!tls) log.info('opened', { flag: '--enable-ssl=false: tokens travel in the clear' });
}

async function clusterOf({ kubeconfig, context }: ProxyFlags): Promise<ClusterConfig> {
  const cluster = await loadKubeconfig({
    ...(kubeconfig === undefined ? {} : { paths: kubeconfig.split(path.delimiter) }),
    ...(context === undefined ? {} : { context }),
  });
  if (cluster.proxyUrl === undefined) return cluster;
  throw new Error(
    'the API server is behind an HTTP proxy, which the tenant proxy does not go through',
  );
}
