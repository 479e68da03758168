import { accessPolicyFor, type SecurityFlags } from '../../src/access/security-profile.ts';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import type { KustomizationStatus } from '../../src/api/kustomize/status.ts';
import {
  startKustomizeComponent,
  type KustomizeComponentOptions,
} from '../../src/apps/start-kustomize-component.ts';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createCel } from '../../src/engines/cel/cel.ts';
import { createRenderer } from '../../src/engines/kustomize/renderer.ts';
import { buildNative } from '../../src/engines/native/build-native.ts';
import { createRenderPool } from '../../src/engines/render/render-pool.ts';
import { isNotFound } from '../../src/kube/api-error.ts';
import type { OwnClient } from '../../src/kube/client.ts';
import { fixedCredential, type ClusterConfig } from '../../src/kube/cluster-config.ts';
import { createClient } from '../../src/kube/connect.ts';
import { serviceAccountIdentity } from '../../src/kube/identity.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { Condition, KubeObject, ResourceType } from '../../src/kube/object.ts';
import type { RequestRecord } from '../../src/kube/sender.ts';
import { createCaches } from '../../src/runtime/cache/create-caches.ts';
import { defaultFeatureGates, type FeatureGates } from '../../src/runtime/feature-gates.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import type { RunEvent } from '../../src/runtime/run.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { clusterContext, freshName } from './cluster.ts';
import { home } from './estate-objects.ts';
import { eventually } from './eventually.ts';
import { applyAll } from './install.ts';
import {
  conditionOf,
  objectReaders,
  type ObjectReaders,
  type SeenEvent,
} from './object-readers.ts';
import {
  publishSource,
  type Artifacts,
  type Files,
  type SourceOptions,
} from './published-source.ts';
import { untilAllowed } from './until-allowed.ts';

export { conditionOf } from './object-readers.ts';

/** Name of the account that a tenant's Kustomizations name. */
export const account = 'gitops';

/** A request of the component's, as the API server was asked it. */
export interface SeenRequest extends RequestRecord {
  /** When its answer had been read, by the clock of `performance`. */
  endedAtMs: number;
}

export interface LiveKustomization extends KubeObject {
  spec: Record<string, unknown>;
  status?: KustomizationStatus;
}

export interface HarnessOptions extends Partial<
  Pick<
    KustomizeComponentOptions,
    'overrideManagers' | 'customStageKinds' | 'concurrentApplies' | 'decryption' | 'proxyUrl'
  >
> {
  /** Feature gates other than their defaults. */
  gates?: Partial<FeatureGates>;
  flags?: SecurityFlags;
  /** Runs the component with all rights, as a single-tenant installation may. */
  asAdmin?: boolean;
  /** Of the runtime; watches keep real time. */
  clock?: Clock;
}

/** The Kustomization controller at work on the run's plane, in this process. */
export interface KustomizeHarness
  extends Omit<ObjectReaders<LiveKustomization>, 'failed'>, AsyncDisposable {
  /** The platform admin. */
  admin: OwnClient;
  /** A namespace whose account `gitops` has the ClusterRole `role` in it (default: admin). */
  tenant(prefix?: string, role?: string | null): Promise<string>;
  /** Publishes files as the GitRepository `fleet` of the namespace, or another; its revision. */
  publish(files: Files, source: Partial<SourceOptions> & { namespace: string }): Promise<string>;
  /** Creates or replaces a Kustomization; prunes, retries soon, acts as `gitops`. */
  deploy(namespace: string, name: string, spec?: Record<string, unknown>): Promise<void>;
  /** Until Ready=False with that reason. */
  failed(namespace: string, name: string, reason: string): Promise<Condition>;
  /** The object as it is; undefined when it is not there. */
  read(apiVersion: string, kind: string, key: Key): Promise<KubeObject | undefined>;
  /** Until the object is gone. */
  gone(apiVersion: string, kind: string, key: Key): Promise<void>;
  type(apiVersion: string, kind: string): Promise<ResourceType>;
  /** What the component asked the API server since the last call, watches and events aside. */
  requests(): SeenRequest[];
  /** The resources it has ever watched. */
  watched: ReadonlySet<string>;
  events: SeenEvent[];
  /** Ends the component as a crash would: no run is finished, nothing is written any more. */
  crash(): Promise<void>;
  /** Starts the component anew, without anything it remembered. */
  restart(): Promise<void>;
}

export interface Key {
  namespace?: string;
  name: string;
}

/** Starts the component; it sees the Kustomizations of this harness only. */
export async function startKustomizeHarness(
  options: HarnessOptions = {},
): Promise<KustomizeHarness> {
  await using starting = new AsyncDisposableStack();
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  const admin = createClient({ cluster });
  starting.defer(() => admin.close());
  const pool = createRenderPool({
    binary: await buildNative('engine'),
    size: 2,
    maxMemoryBytes: 512 << 20,
    deadlineMs: 30_000,
    log: silentLog,
  });
  starting.defer(() => pool.close());
  const artifacts: Artifacts = new Map();
  const events: SeenEvent[] = [];
  const seen: SeenRequest[] = [];
  const watched = new Set<string>();
  const run = freshName('run');
  const own = options.asAdmin ? cluster : await managerCluster(cluster, admin);
  const start = () =>
    startComponent({ ...options, cluster: own, pool, artifacts, events, seen, watched, run });
  let component = await start();
  starting.defer(() => component.stop());
  const running = starting.move();

  const objects = objectReaders<LiveKustomization>({
    admin,
    type: Kustomization.type,
    isIdle: () => component.isIdle(),
    revisionOf: ({ status }) => status?.lastAppliedRevision,
  });
  const readers = anyReaders(admin);
  const harness: KustomizeHarness = {
    ...readers,
    ...objects,
    async gone(...what) {
      await readers.gone(...what);
      // What there is to tell of it is told after that.
      await eventually('the component rests', async () => component.isIdle());
    },
    async failed(namespace, name, reason) {
      return conditionOf(await objects.failed(namespace, name, reason), 'Ready')!;
    },
    admin,
    events,
    async tenant(prefix = 'tenant', role = 'admin') {
      const namespace = freshName(prefix);
      await applyAll(admin, tenantObjects(namespace, role));
      // What any role lets it do.
      const looking = { verb: 'get', resource: 'configmaps', namespace };
      if (role !== null)
        await untilAllowed(admin, serviceAccountIdentity(namespace, account), looking);
      return namespace;
    },
    publish: (files, source) =>
      publishSource(admin, artifacts, files, { name: 'fleet', ...source }),
    deploy: (namespace, name, spec) =>
      applyAll(admin, [kustomizationObject({ namespace, name, run, spec })]),
    requests: () => seen.splice(0).filter(isCounted),
    watched,
    async crash() {
      await component.crash();
    },
    async restart() {
      component = await start();
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  return harness;
}

type Readers = Pick<KustomizeHarness, 'read' | 'gone' | 'type'>;

/** Readers of anything in the cluster. */
function anyReaders(admin: OwnClient): Readers {
  const type = async (apiVersion: string, kind: string) => {
    let found = await admin.discovery.resourceFor(apiVersion, kind);
    if (!found) {
      admin.discovery.invalidate();
      found = await admin.discovery.resourceFor(apiVersion, kind);
    }
    if (!found) throw new Error(`${kind} is not served`);
    return found;
  };
  const read: Readers['read'] = async (apiVersion, kind, key) => {
    try {
      return await admin.get(await type(apiVersion, kind), key);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  return {
    type,
    read,
    async gone(apiVersion, kind, key) {
      await eventually(`${kind} ${key.name} is gone`, async () =>
        (await read(apiVersion, kind, key)) ? undefined : true,
      );
    },
  };
}

/** The cluster as the manager's own account: with the rights that are exported, and no more. */
async function managerCluster(cluster: ClusterConfig, admin: OwnClient): Promise<ClusterConfig> {
  const { status } = await admin.raw<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${home}/serviceaccounts/tenantry/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    },
  });
  const credentials = fixedCredential({ authorization: `Bearer ${status.token}` });
  return { ...cluster, credentials };
}

interface Parts extends HarnessOptions {
  cluster: ClusterConfig;
  pool: ReturnType<typeof createRenderPool>;
  artifacts: Artifacts;
  events: SeenEvent[];
  seen: SeenRequest[];
  watched: Set<string>;
  run: string;
}

async function startComponent(parts: Parts) {
  const { cluster, pool, artifacts, events, seen, watched, run, flags, gates, ...others } = parts;
  const { asAdmin: _, clock = systemClock, ...rest } = others;
  const stopping = new AbortController();
  const { signal } = stopping;
  const onRequest = (record: RequestRecord) => {
    seen.push({ ...record, endedAtMs: performance.now() });
    if (record.verb === 'watch') watched.add(record.resource);
  };
  const client = createClient({ cluster, onRequest });
  const caches = createCaches({
    client,
    signal,
    log: silentLog,
    selectorFor: ({ kind }) => (kind === 'Kustomization' ? `harness=${run}` : undefined),
  });
  const recorder = {
    record: (object: KubeObject, _controller: string, ...told: RunEvent[]) => {
      const about = `${object.metadata.namespace}/${object.metadata.name}`;
      events.push(...told.map((event) => ({ ...event, about })));
    },
  };
  const runtime = createRuntime({
    client,
    caches,
    recorder,
    metrics: createMetrics(),
    log: silentLog,
    signal,
    clock,
    jitterPercent: 0,
    graceMs: 0,
  });
  const renderer = createRenderer({ pool, cacheBytes: 64 << 20 });
  const component = startKustomizeComponent({
    runtime,
    client,
    policy: accessPolicyFor(flags),
    gates: { ...defaultFeatureGates, ...gates },
    renderer,
    makeWay: (tenant) => pool.makeWay(tenant),
    cel: createCel(pool),
    openArtifact: ({ source }) => {
      const bytes = artifacts.get(source.artifact.digest);
      return bytes ? Promise.resolve(bytes) : Promise.reject(new Error('no such artifact'));
    },
    ...rest,
  });
  const stop = async () => {
    stopping.abort();
    await component.done;
    await client.close();
  };
  const crash = async () => {
    // The connections go first: what a run does after this never reaches the API server.
    const closed = client.close();
    stopping.abort();
    await closed;
    await component.done;
  };
  const isIdle = () => component.queue.active === 0;
  return { stop, crash, isIdle };
}

/** Watches are the price of knowing; discovery, Leases and events are not about an object. */
function isCounted({ verb, resource }: SeenRequest): boolean {
  return (
    !['watch', 'list'].includes(verb.toLowerCase()) && resource !== '' && resource !== 'events'
  );
}

function tenantObjects(namespace: string, role: string | null): KubeObject[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const objects: KubeObject[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } },
  ];
  if (role === null) return objects;
  const binding: KubeObject = {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: account, namespace },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
  };
  return [...objects, binding];
}

function kustomizationObject(about: {
  namespace: string;
  name: string;
  run: string;
  spec: Record<string, unknown> | undefined;
}): KubeObject {
  const { namespace, name, run, spec } = about;
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace, labels: { harness: run } },
    spec: {
      interval: '1h',
      retryInterval: '1s',
      prune: true,
      serviceAccountName: account,
      sourceRef: { kind: 'GitRepository', name: 'fleet' },
      ...spec,
    },
  };
}

/** A ConfigMap as YAML. */
export function configMap(name: string, data: Record<string, string>, extra: object = {}): string {
  const metadata = { name, ...extra };
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
}
