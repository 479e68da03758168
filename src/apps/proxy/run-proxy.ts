import { systemClock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import { untilAborted } from '../../base/until-aborted.ts';
import { openHealthServer, type HealthCheck } from '../../runtime/health-server.ts';
import { createMetrics, type Metrics } from '../../runtime/metrics.ts';
import { openMetricsServer } from '../../runtime/metrics-server.ts';
import { collectAtRest } from '../process/heap-at-rest.ts';
import { surviveRejections } from '../process/survive-rejections.ts';
import { answersItself } from './answers-itself.ts';
import type { ProxyFlags } from './flags.ts';
import { startProxy } from './start-proxy.ts';

/** Serves until `signal` aborts, lets what is under way end, and resolves. */
export async function runProxy(flags: ProxyFlags, signal: AbortSignal): Promise<void> {
  const log = createLog({ level: flags.logLevel, encoding: flags.logEncoding });
  await using stack = new AsyncDisposableStack();
  stack.use(surviveRejections(log));
  stack.use(collectAtRest({ clock: systemClock }));
  const metrics = createMetrics();
  const proxy = await startProxy(flags, { metrics, log });
  stack.use(proxy);
  const status = { isEnding: false };
  await serveProbes(flags, {
    metrics,
    stack,
    ready: {
      proxy: async () => (status.isEnding ? 'shutting down' : await answersItself(proxy.url)),
      'API server': async () => ((await proxy.isApiReady()) ? undefined : 'is not ready'),
    },
  });
  log.info('started', { url: proxy.url });
  await untilAborted(signal);
  status.isEnding = true;
  log.info('ending');
  await proxy.end(flags.gracefulShutdownMs);
  log.info('stopped');
}

async function serveProbes(
  flags: ProxyFlags,
  options: {
    metrics: Metrics;
    stack: AsyncDisposableStack;
    ready: Readonly<Record<string, HealthCheck>>;
  },
): Promise<void> {
  const { metrics, stack, ready } = options;
  if (flags.healthAddr !== '0') {
    const health = await openHealthServer({
      address: flags.healthAddr,
      ready,
    });
    stack.defer(() => health.close());
  }
  if (flags.metricsAddr !== '0') {
    const endpoint = await openMetricsServer({ address: flags.metricsAddr, metrics });
    stack.defer(() => endpoint.close());
  }
}
