import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { accessPolicyFor, type SecurityFlags } from '../../src/access/security-profile.ts';
import { GitRepository, type GitRepositoryStatus } from '../../src/api/source/git-repository.ts';
import {
  startSourceComponent,
  type SourceComponent,
  type SourceComponentOptions,
} from '../../src/apps/start-source-component.ts';
import { createLog } from '../../src/base/log.ts';
import { readTarball } from '../../src/engines/archive/tarball.ts';
import type { ClosableClient } from '../../src/kube/connect.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { RequestRecord } from '../../src/kube/sender.ts';
import { createCaches } from '../../src/runtime/cache/create-caches.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { createRecorder } from '../../src/runtime/recorder.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { systemClock } from '../../src/base/clock.ts';
import { clusterContext, freshName } from './cluster.ts';
import { applyAll } from './estate.ts';
import { objectReaders, type ObjectReaders, type SeenEvent } from './object-readers.ts';

export { conditionOf } from './object-readers.ts';

/** A GitRepository as the API server has it. */
export interface LiveRepository extends KubeObject {
  spec: Record<string, unknown>;
  status?: GitRepositoryStatus;
}

export interface SourceHarnessOptions extends Partial<
  Pick<
    SourceComponentOptions,
    'artifactAuthorization' | 'gitLimits' | 'maxArtifactBytes' | 'retention' | 'advertisedAddress'
  >
> {
  flags?: SecurityFlags;
  /** A directory that outlives the harness; a temporary one by default. */
  storagePath?: string;
}

/** The source component at work on the run's plane, in this process. */
export interface SourceHarness extends ObjectReaders<LiveRepository>, AsyncDisposable {
  /** The platform admin. */
  admin: ClosableClient;
  component: SourceComponent;
  storagePath: string;
  /** A new namespace. */
  namespace(prefix?: string, labels?: Record<string, string>): Promise<string>;
  /** Creates a GitRepository of branch `main`, or changes the fields given. */
  declare(namespace: string, name: string, spec: Record<string, unknown>): Promise<void>;
  secret(namespace: string, name: string, values: Record<string, string>): Promise<void>;
  /** Path to text of the object's stored artifact. */
  files(namespace: string, name: string): Promise<Record<string, string>>;
  /** What the component asked the API server since the last call, watches and events aside. */
  requests(): RequestRecord[];
  /** Every event recorded, oldest first. */
  events: SeenEvent[];
  /** Every line logged. */
  logs: string[];
  /** Stops the component and starts it anew, with other options if given. */
  restart(options?: SourceHarnessOptions): Promise<void>;
}

/** Starts the component; it sees the GitRepositories of this harness only. */
export async function startSourceHarness(
  options: SourceHarnessOptions = {},
): Promise<SourceHarness> {
  await using starting = new AsyncDisposableStack();
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  const admin = createClient({ cluster });
  starting.defer(() => admin.close());
  const storagePath = options.storagePath ?? (await mkdtemp(path.join(tmpdir(), 'sources-')));
  starting.defer(() => rm(storagePath, { recursive: true, force: true }));
  const run = freshName('run');
  const seen: Seen = { events: [], logs: [], requests: [] };
  const start = (changed?: SourceHarnessOptions) =>
    startComponent({ ...options, ...changed, cluster, storagePath, run, seen });
  let { component, stop } = await start();
  starting.defer(() => stop());
  const running = starting.move();

  return {
    ...objectReaders<LiveRepository>({
      admin,
      type: GitRepository.type,
      isIdle: () => component.controller.queue.active === 0,
      revisionOf: ({ status }) => status?.artifact?.revision,
    }),
    ...seen,
    admin,
    storagePath,
    get component() {
      return component;
    },
    async namespace(prefix = 'team', labels = {}) {
      const name = freshName(prefix);
      await applyAll(admin, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }]);
      return name;
    },
    async declare(namespace, name, spec) {
      const object: KubeObject = {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { namespace, name, labels: { harness: run } },
        spec: { interval: '1h', ref: { branch: 'main' }, ...spec },
      };
      await applyAll(admin, [object]);
    },
    async secret(namespace, name, values) {
      const object = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } };
      await applyAll(admin, [{ ...object, stringData: values }]);
    },
    async files(namespace, name) {
      const { status } = await admin.get<LiveRepository>(GitRepository.type, { namespace, name });
      const { stream } = await component.store.open(status?.artifact?.path ?? '');
      const files = await readTarball(stream, () => true);
      return Object.fromEntries(files.map(({ path, content }) => [path, content.toString()]));
    },
    requests: () =>
      seen.requests
        .splice(0)
        .filter(
          ({ verb, resource }) => verb !== 'watch' && verb !== 'list' && resource !== 'events',
        ),
    async restart(changed) {
      await stop();
      ({ component, stop } = await start(changed));
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Seen {
  events: SeenEvent[];
  logs: string[];
  requests: RequestRecord[];
}

interface Parts extends SourceHarnessOptions {
  cluster: Awaited<ReturnType<typeof loadKubeconfig>>;
  storagePath: string;
  run: string;
  seen: Seen;
}

async function startComponent(parts: Parts) {
  const { cluster, storagePath, run, seen, flags, ...rest } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  const client = createClient({ cluster, onRequest: (record) => seen.requests.push(record) });
  const log = createLog({ level: 'trace', write: (line) => void seen.logs.push(line) });
  const selectorFor = ({ kind }: { kind: string }) =>
    kind === 'GitRepository' ? `harness=${run}` : undefined;
  const caches = createCaches({ client, signal, log, selectorFor });
  const recorder = createRecorder({ client, clock: systemClock, log, instance: 'test' });
  const runtime = createRuntime({
    client,
    caches,
    recorder: {
      record(object, controller, ...events) {
        const { namespace, name } = object.metadata;
        const about = `${namespace}/${name}`;
        seen.events.push(...events.map((event) => ({ ...event, about })));
        recorder.record(object, controller, ...events);
      },
    },
    metrics: createMetrics(),
    log,
    signal,
    jitterPercent: 0,
    minRetryMs: 100,
    maxRetryMs: 500,
    graceMs: 0,
  });
  const component = await startSourceComponent({
    runtime,
    client,
    policy: accessPolicyFor(flags),
    storagePath,
    listen: { host: '127.0.0.1', port: 0 },
    advertisedAddress: '',
    artifactAuthorization: true,
    allowLoopback: true,
    ...rest,
  });
  const stop = async () => {
    stopping.abort();
    await component.done;
    await recorder.flush();
    await client.close();
  };
  return { component, stop };
}
