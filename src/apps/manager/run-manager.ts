import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { openedBy } from '../../access/security-profile.ts';
import { systemClock } from '../../base/clock.ts';
import { createLog, type Log } from '../../base/log.ts';
import {
  createCaches,
  type CachesOptions,
  type LiveCaches,
} from '../../runtime/cache/create-caches.ts';
import { openHealthServer } from '../../runtime/health-server.ts';
import { lead } from '../../runtime/leader.ts';
import { createMetrics, type Metrics } from '../../runtime/metrics.ts';
import { openMetricsServer } from '../../runtime/metrics-server.ts';
import { createRecorder } from '../../runtime/recorder.ts';
import type { RunningController } from '../../runtime/run-controller.ts';
import { createRuntime, type Runtime } from '../../runtime/runtime.ts';
import { followEndpoint, type FollowedEndpoint } from '../bridge/follow-endpoint.ts';
import { createFillRules } from '../tenancy/fill-rules.ts';
import { createQuotaExpressions } from '../tenancy/quota-expressions.ts';
import { startWebhooks, type Webhooks, type WebhooksOptions } from '../tenancy/start-webhooks.ts';
import { clusterConnector } from './connect-cluster.ts';
import { openedByDecryption } from './decryption-defaults.ts';
import type { ManagerFlags } from './flags.ts';
import { collectAtRest } from '../process/heap-at-rest.ts';
import { homeNamespace } from '../process/home-namespace.ts';
import { defaultComponents } from './components.ts';
import { renderPoolOpener } from './open-render-pool.ts';
import { startComponents } from './start-components.ts';
import { surviveRejections } from '../process/survive-rejections.ts';

/** What the process is known as. */
const instance = process.env['POD_NAME'] ?? hostname();

/** Reconciles until `signal` aborts, then lets what runs finish and resolves. */
export async function runManager(flags: ManagerFlags, signal: AbortSignal): Promise<void> {
  const log = createLog({ level: flags.logLevel, encoding: flags.logEncoding });
  await using stack = new AsyncDisposableStack();
  stack.use(surviveRejections(log));
  stack.use(collectAtRest({ clock: systemClock }));
  const opened = [...openedBy(flags.policy), ...openedByDecryption(flags)];
  for (const line of opened) log.info('opened', { flag: line });
  const metrics = createMetrics();
  const connect = await clusterConnector(flags, metrics, log);
  const client = connect({ limit: flags.apiLimit });
  stack.defer(() => client.close());
  await mkdir(path.join(flags.storagePath), { recursive: true });
  const endpoint = await openEndpoint(flags, { log, signal });

  const status = { components: [] as RunningController[], ready: 'starting' as string | undefined };
  await serveProbes(flags, metrics, status, stack);
  const caches = createCaches({ client, signal, log, ...shardOf(flags) });
  const engines = enginesOf(renderPoolOpener(flags, { log, metrics, signal }, stack));
  const webhooks = await openWebhooks(flags, { client, caches, metrics, log, signal, ...engines });
  if (webhooks) stack.use(webhooks);
  // Who does nothing but serve and tenancy is of use before it leads.
  if (webhooks && flags.components.size === 1) status.ready = undefined;
  // Renewals of the lease must not queue behind reconciles.
  const leaseClient = flags.leaderElection ? connect() : client;
  if (leaseClient !== client) stack.defer(() => leaseClient.close());
  const { leaderElection: enabled, watchLabelSelector } = flags;
  const election = {
    client: leaseClient,
    namespace: homeNamespace,
    instance,
    log,
    clock: systemClock,
    signal,
    ...flags.lease,
    enabled,
    watchLabelSelector,
    component: leaderOf(flags),
  };
  const shared = { flags, client, connect, caches, webhooks, endpoint, ...engines };
  await lead(election, async (leading) => {
    const recorder = createRecorder({
      client,
      clock: systemClock,
      log,
      instance,
      isBusy: () => status.components.some(({ queue }) => queue.depth > 0),
      ...(flags.eventsAddr === '' ? {} : { eventsUrl: flags.eventsAddr }),
    });
    const runtime = runtimeFor(flags, { client, caches, recorder, metrics, log, signal: leading });
    status.components = await startComponents({ ...shared, runtime });
    status.ready = undefined;
    log.info('started', {
      components: [...flags.components].join(','),
      profile: flags.policy.profile,
    });
    await Promise.all(status.components.map(({ done }) => done));
    status.ready = 'shutting down';
    await recorder.flush();
  });
  log.info('stopped');
}

/** Every replica reads it, so that one that could not take over does not even start. */
async function openEndpoint(
  { components, bridge: { proxyUrl: server, proxyCaPath: caPath } }: ManagerFlags,
  options: { log: Log; signal: AbortSignal },
): Promise<FollowedEndpoint | undefined> {
  if (!components.has('bridge')) return undefined;
  return await followEndpoint({ ...options, server, caPath, clock: systemClock });
}

/** What is evaluated by engines, which start once something is. */
const enginesOf = (renderPool: ReturnType<typeof renderPoolOpener>) => ({
  renderPool,
  expressions: createQuotaExpressions(renderPool),
  fillRules: createFillRules(renderPool),
});

/** The second ring of tenancy, which every replica serves. */
async function openWebhooks(
  flags: ManagerFlags,
  connections: Pick<
    WebhooksOptions,
    'client' | 'caches' | 'metrics' | 'log' | 'signal' | 'expressions' | 'fillRules'
  >,
): Promise<Webhooks | undefined> {
  if (!flags.components.has('tenancy') || flags.webhookPort === 0) return undefined;
  return await startWebhooks({
    ...connections,
    clock: systemClock,
    configurationName: flags.configurationName,
    address: `:${flags.webhookPort}`,
    certPath: flags.webhookCertPath,
    home: homeNamespace,
  });
}

/** Processes of the same components elect one of them; others do not compete with these. */
function leaderOf({ components }: ManagerFlags): string {
  const isWhole = defaultComponents.every((name) => components.has(name));
  return ['tenantry', ...(isWhole ? [] : components)].join('-');
}

type Connections = Pick<
  Parameters<typeof createRuntime>[0],
  'client' | 'recorder' | 'metrics' | 'log' | 'signal'
> & {
  caches: LiveCaches;
};

function runtimeFor(flags: ManagerFlags, connections: Connections): Runtime {
  return createRuntime({
    ...connections,
    clock: systemClock,
    jitterPercent: flags.intervalJitterPercentage,
    minRetryMs: flags.minRetryDelayMs,
    maxRetryMs: flags.maxRetryDelayMs,
    dependencyMs: flags.requeueDependencyMs,
    graceMs: flags.gracefulShutdownMs,
  });
}

/** A shard reconciles only what carries its labels, or is in the manager's own namespace. */
function shardOf(flags: ManagerFlags): Pick<CachesOptions, 'selectorFor' | 'namespaceFor'> {
  const { watchLabelSelector, watchAllNamespaces, components } = flags;
  const sharded = new Set<string>();
  if (components.has('source')) sharded.add('GitRepository');
  if (components.has('kustomize')) sharded.add('Kustomization');
  const isSharded = watchLabelSelector !== '';
  return {
    selectorFor: ({ kind }) => (isSharded && sharded.has(kind) ? watchLabelSelector : undefined),
    // Sources too, whoever fetches them: a reference leads nowhere else.
    namespaceFor: ({ namespaced }) =>
      !watchAllNamespaces && namespaced ? homeNamespace : undefined,
  };
}

async function serveProbes(
  flags: ManagerFlags,
  metrics: Metrics,
  status: { components: RunningController[]; ready: string | undefined },
  stack: AsyncDisposableStack,
): Promise<void> {
  const stuck = () => {
    const count = status.components.flatMap((component) => component.stuck()).length;
    return count > 0 ? `${count} runs ignore that they were told to stop` : undefined;
  };
  if (flags.healthAddr !== '0') {
    const checks = { live: { runs: stuck }, ready: { components: () => status.ready } };
    const health = await openHealthServer({ address: flags.healthAddr, ...checks });
    stack.defer(() => health.close());
  }
  if (flags.metricsAddr !== '0') {
    const endpoint = await openMetricsServer({ address: flags.metricsAddr, metrics });
    stack.defer(() => endpoint.close());
  }
}
