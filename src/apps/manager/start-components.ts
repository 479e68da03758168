import { Kustomization } from '../../api/kustomize/kustomization.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import {
  createRemoteArtifactReader,
  type ArtifactReader,
} from '../../controllers/shared/artifact-fetch.ts';
import { artifactAudience } from '../../controllers/shared/artifact-audience.ts';
import { createConsumerTokens } from '../../controllers/shared/consumer-token.ts';
import type { QuotaExpressions } from '../../access/quotas/custom/quota-expression.ts';
import { createCel } from '../../engines/cel/cel.ts';
import { createRenderer } from '../../engines/kustomize/renderer.ts';
import type { RenderPool } from '../../engines/render/render-pool.ts';
import { createTemplates } from '../../engines/templates/templates.ts';
import type { OwnClient } from '../../kube/client.ts';
import type { ResourceType } from '../../kube/object.ts';
import type { LiveCaches } from '../../runtime/cache/create-caches.ts';
import { parseListenAddress } from '../../runtime/http-endpoint.ts';
import type { RunningController } from '../../runtime/run-controller.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { startKustomizeComponent } from '../start-kustomize-component.ts';
import type { Webhooks } from '../tenancy/start-webhooks.ts';
import type { FollowedEndpoint } from '../bridge/follow-endpoint.ts';
import { startBridgeComponent } from '../bridge/start-bridge-component.ts';
import { startTenancyComponent } from '../tenancy/start-tenancy-component.ts';
import { startSourceComponent, type SourceComponent } from '../start-source-component.ts';
import { decryptionDefaults } from './decryption-defaults.ts';
import type { Connect } from './connect-cluster.ts';
import { homeNamespace } from '../process/home-namespace.ts';
import type { ManagerFlags } from './flags.ts';

export interface ComponentsRequest {
  flags: ManagerFlags;
  client: OwnClient;
  /** Opens more connections of this process. */
  connect: Connect;
  caches: LiveCaches;
  runtime: Runtime;
  /** The second ring of tenancy, if this process serves it. */
  webhooks: Webhooks | undefined;
  /** The engines of the process, started when the first asks for them. */
  renderPool: () => Promise<RenderPool>;
  expressions: QuotaExpressions;
  /** The tenant proxy, as the component bridge is told of it. */
  endpoint: FollowedEndpoint | undefined;
}

/** An artifact larger than this is not rendered. */
const maxArtifactBytes = 256 * 1024 * 1024;
const renderCacheBytes = 64 * 1024 * 1024;
/** Kept however few Kustomizations there are. */
const fewestRenders = 64;

/** Starts the components that the flags name; resolves when their caches hold the cluster. */
export async function startComponents(request: ComponentsRequest): Promise<RunningController[]> {
  const { flags, caches, runtime, renderPool } = request;
  const controllers: RunningController[] = [];
  let source: SourceComponent | undefined;
  if (flags.components.has('source')) {
    source = await startSource(request);
    controllers.push(source.controller);
  }
  if (flags.components.has('kustomize')) {
    const reader = readerFor(request, source);
    controllers.push(startKustomize(request, reader, await renderPool()));
  }
  if (flags.components.has('tenancy')) {
    controllers.push(...(await startTenancy(request, await renderPool())));
  }
  if (request.endpoint) controllers.push(...(await startBridge(request, request.endpoint)));
  const kinds = kindsOf(flags);
  await Promise.all(kinds.map((type) => caches.for(type).synced(runtime.signal)));
  return controllers;
}

/** What must be known before the components count as started. */
function kindsOf({ components }: ManagerFlags): ResourceType[] {
  const isDeploying = components.has('source') || components.has('kustomize');
  return [
    ...(isDeploying ? [GitRepository.type] : []),
    ...(components.has('kustomize') ? [Kustomization.type] : []),
  ];
}

function startSource({ flags, client, runtime }: ComponentsRequest): Promise<SourceComponent> {
  return startSourceComponent({
    runtime,
    client,
    policy: flags.policy,
    storagePath: flags.storagePath,
    listen: flags.storageAddr === '0' ? undefined : parseListenAddress(flags.storageAddr),
    advertisedAddress: flags.storageAdvAddr,
    artifactAuthorization: flags.artifactAuthorization,
    digestAlgorithm: flags.artifactDigestAlgo,
    retention: { ttlMs: flags.artifactRetentionTtlMs, records: flags.artifactRetentionRecords },
    sshKexAlgorithms: flags.sshKexAlgorithms,
    sshHostKeyAlgorithms: flags.sshHostKeyAlgorithms,
    allowLoopback: flags.allowLoopbackSources,
    workers: flags.concurrent,
  });
}

/** In one process, artifacts are read from the disk; apart, as the consumer over HTTP. */
function readerFor(
  { flags, client, runtime }: ComponentsRequest,
  source: SourceComponent | undefined,
): ArtifactReader {
  if (source) return source.artifacts;
  return createRemoteArtifactReader({
    address: flags.storageAdvAddr,
    tokens: createConsumerTokens({
      client,
      audience: artifactAudience,
      clock: runtime.clock,
      ...flags.tokenCache,
    }),
    maxBytes: maxArtifactBytes,
    retries: flags.httpRetry,
  });
}

function startTenancy(
  { flags, client, runtime, webhooks, connect, expressions }: ComponentsRequest,
  pool: RenderPool,
): Promise<RunningController[]> {
  return startTenancyComponent({
    runtime,
    client,
    configurationName: flags.configurationName,
    home: homeNamespace,
    expressions,
    workers: flags.workers ?? flags.concurrent,
    cacheSyncTimeoutMs: flags.cacheSyncTimeoutMs,
    connectTo: (to) => connect({ to }),
    replication: { templates: createTemplates(pool) },
    ...(webhooks && { webhooks: webhooks.registration }),
  });
}

async function startBridge(
  { flags, client, runtime }: ComponentsRequest,
  endpoint: FollowedEndpoint,
) {
  const { proxyUrl: _url, proxyCaPath: _path, proxyShortcut: _, ...bridge } = flags.bridge;
  return await startBridgeComponent({
    runtime,
    client,
    home: homeNamespace,
    endpoint,
    workers: flags.workers ?? flags.concurrent,
    ...bridge,
  });
}

function startKustomize(
  { flags, client, runtime }: ComponentsRequest,
  reader: ArtifactReader,
  pool: RenderPool,
): RunningController {
  const kustomizations = runtime.caches.for(Kustomization.type);
  const maxCached = () => Math.max(2 * kustomizations.list().length, fewestRenders);
  return startKustomizeComponent({
    runtime,
    client,
    policy: flags.policy,
    gates: flags.gates,
    decryption: decryptionDefaults(flags),
    renderer: createRenderer({ pool, cacheBytes: renderCacheBytes, maxCached }),
    makeWay: (tenant) => pool.makeWay(tenant),
    cel: createCel(pool),
    openArtifact: ({ source, tenant, signal: stop }) =>
      reader.read(source, { namespace: tenant }, stop),
    workers: flags.concurrent,
    concurrentApplies: flags.concurrentSsa,
    overrideManagers: flags.overrideManagers,
    customStageKinds: flags.customApplyStageKinds,
    pruneGuard: flags.pruneGuard,
    watchConfigsSelector: flags.watchConfigsSelector,
    tokenCache: flags.tokenCache,
    proxyUrl: flags.bridge.proxyShortcut ? flags.bridge.proxyUrl : undefined,
  });
}
