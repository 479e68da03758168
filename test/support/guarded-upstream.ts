import { parseBlocks } from '../../src/base/address-blocks.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { fixedCredential } from '../../src/kube/cluster-config.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { createProxy, type ProxyOptions } from '../../src/proxy/create-proxy.ts';
import { createUpstream } from '../../src/proxy/forward/create-upstream.ts';
import { createReadiness } from '../../src/proxy/forward/readiness.ts';
import type { Sent } from '../../src/proxy/forward/upstream.ts';
import { openServer } from '../../src/proxy/server/open-server.ts';
import { clusterContext } from './cluster.ts';
import { startRecordingUpstream, type RecordingUpstream } from './recording-upstream.ts';

/** The proxy, which asks the real API server who somebody is, in front of a server that records. */
export interface GuardedUpstream extends AsyncDisposable {
  /** Where the proxy listens, without TLS. */
  port: number;
  upstream: RecordingUpstream;
  lines: string[];
  /** Says that the proxy is about to end. */
  drain(): void;
}

/** What the proxy says to the upstream, and nobody else. */
export const proxyToken = 'Bearer of-the-proxy';

export async function startGuardedUpstream(
  options: Partial<ProxyOptions> & { as?: Sent['as'] } = {},
): Promise<GuardedUpstream> {
  const stack = new AsyncDisposableStack();
  const [draining, ending] = [new AbortController(), new AbortController()];
  stack.defer(() => ending.abort());
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  const client = createClient({ cluster });
  stack.defer(() => client.close());
  const recording = stack.use(await startRecordingUpstream());
  const credentials = fixedCredential({ authorization: proxyToken });
  const readiness = createReadiness(client, systemClock);
  const upstream = createUpstream({
    readiness,
    cluster: { server: recording.url, namespace: 'default', credentials },
    forwardedHeader: options.forwarded?.header ?? 'x-forwarded-client-cert',
    draining: draining.signal,
  });
  stack.defer(() => upstream.close());
  const lines: string[] = [];
  const handle = createProxy({
    client,
    readiness,
    authTypes: ['TLSCertificate', 'BearerToken', 'XForwardedClientCert'],
    authorities: { certificates: () => [] },
    forwarded: { header: 'x-forwarded-client-cert', trusted: parseBlocks([]) },
    impersonation: { isGroupUsed: () => true, skipReview: false },
    limits: { requests: 0, watches: 0 },
    serve: async (exchange) => {
      await upstream.stream(exchange, { as: options.as ?? 'caller' });
    },
    onAnswered: () => {},
    clock: systemClock,
    log: createLog({ level: 'debug', write: (line) => void lines.push(line) }),
    draining: draining.signal,
    signal: ending.signal,
    ...options,
  });
  const server = await openServer({ host: '127.0.0.1', port: 0, tls: undefined, handle });
  stack.defer(() => {
    void server.close();
    server.closeAll();
  });
  const running = stack.move();
  return {
    port: Number(new URL(server.url).port),
    upstream: recording,
    lines,
    drain: () => draining.abort(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
