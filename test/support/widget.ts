import { systemClock, type Clock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createClient } from '../../src/kube/connect.ts';
import type { CallOptions, KubeClient } from '../../src/kube/client.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { createCaches, type LiveCaches } from '../../src/runtime/cache/create-caches.ts';
import type {
  CommonStatus,
  ControllerDefinition,
  ReconciledObject,
} from '../../src/runtime/controller.ts';
import { createMetrics, type Metrics } from '../../src/runtime/metrics.ts';
import { done } from '../../src/runtime/outcome.ts';
import type { RunEvent } from '../../src/runtime/run.ts';
import { startController, type RunningController } from '../../src/runtime/run-controller.ts';
import { createRuntime, type RuntimeOptions } from '../../src/runtime/runtime.ts';
import { bringKinds } from './bring-kinds.ts';
import { clusterContext, freshName, freshNamespace } from './cluster.ts';

/** A kind of the tests' own, small enough to say everything in one line. */
export interface WidgetSpec {
  size?: number;
  suspend?: boolean;
}

export interface WidgetStatus extends CommonStatus {
  built?: string;
  parts?: string[];
}

export type Widget = ReconciledObject<WidgetSpec, WidgetStatus>;
export type WidgetDefinition = ControllerDefinition<WidgetSpec, WidgetStatus, undefined>;

export const widgetFinalizer = 'widgets.tenantry.dev/finalizer';

/** Installs the kind under an API group that no other test file has. */
export async function installWidgets(): Promise<ResourceType> {
  const group = `${freshName('widgets')}.tenantry.dev`;
  const names = { kind: 'Widget', plural: 'widgets', singular: 'widget' };
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } };
  const version = { name: 'v1', served: true, storage: true, subresources: { status: {} }, schema };
  await bringKinds([
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: { group, names, scope: 'Namespaced', versions: [version] },
    },
  ]);
  return { group, version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };
}

/** A widget controller at work on the widgets labelled with its bench's namespace. */
export interface Workshop {
  controller: RunningController;
  caches: LiveCaches;
  metrics: Metrics;
  /** Events, as `reason: message`. */
  events: (RunEvent & { object: KubeObject })[];
  /** Requests that change something, as `verb plural[/subresource]`. */
  writes: string[];
  /** The client with those taps on it, for reconcilers. */
  client: KubeClient;
  /** Shuts down and waits. */
  stop(): Promise<void>;
  /** As SIGKILL: nothing more leaves the process, not even an answer reaches it. */
  kill(): void;
}

/** A namespace of its own, and what a test does to the widgets in it. */
export interface Bench {
  type: ResourceType;
  namespace: string;
  client: KubeClient;
  put(name: string, spec?: WidgetSpec, metadata?: object): Promise<void>;
  get(name: string): Promise<Widget | undefined>;
  edit(name: string, patch: object): Promise<Widget>;
  remove(name: string): Promise<void>;
  start(definition?: Partial<WidgetDefinition>, options?: WorkshopOptions): Workshop;
  /** Ends all that was started. */
  close(): Promise<void>;
}

export interface WorkshopOptions extends Partial<RuntimeOptions> {
  workers?: number;
  /** Of the runtime; the caches keep real time. */
  clock?: Clock;
  /** Called around each request that changes something; may throw to fail it, or its answer. */
  onWrite?: (write: string, when: 'before' | 'after') => void | Promise<void>;
  /** Called for each watch request and event; may throw to break the connection. */
  onWatch?: () => void;
}

export async function createBench(type: ResourceType): Promise<Bench> {
  const namespace = await freshNamespace('bench');
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  const client = createClient({ cluster });
  const workshops: Workshop[] = [];
  const key = (name: string) => ({ namespace, name });
  return {
    type,
    namespace,
    client,
    async put(name, spec = {}, metadata = {}) {
      await client.create(type, widget(type, { namespace, name, ...metadata }, spec));
    },
    async get(name) {
      const { items } = await client.list<Widget>(type, { namespace });
      return items.find(({ metadata }) => metadata.name === name);
    },
    edit: (name, patch) =>
      // Test input is JSON.
      client.patch<Widget>(type, key(name), { type: 'merge', body: patch as never }),
    remove: (name) => client.delete(type, key(name)),
    start(definition = {}, options = {}) {
      const workshop = openWorkshop({ type, namespace, client }, definition, options);
      workshops.push(workshop);
      return workshop;
    },
    async close() {
      await Promise.all(workshops.map((workshop) => workshop.stop()));
      await client.close();
    },
  };
}

function widget(type: ResourceType, metadata: KubeObject['metadata'], spec: WidgetSpec) {
  const labels = { bench: metadata.namespace ?? '', ...metadata.labels };
  return {
    apiVersion: `${type.group}/${type.version}`,
    kind: type.kind,
    metadata: { ...metadata, labels },
    spec: { ...spec },
  };
}

function openWorkshop(
  bench: { type: ResourceType; namespace: string; client: KubeClient },
  definition: Partial<WidgetDefinition>,
  { workers = 4, onWrite, onWatch, ...options }: WorkshopOptions,
): Workshop {
  const stopping = new AbortController();
  const { signal } = stopping;
  const log = options.log ?? silentLog;
  const writes: string[] = [];
  let isDead = false;
  const client = tapped(bench.client, {
    async onWrite(write, when) {
      if (isDead) await new Promise(() => {});
      if (when === 'before') writes.push(write);
      await onWrite?.(write, when);
      if (isDead) await new Promise(() => {});
    },
    onWatch: () => onWatch?.(),
  });
  const caches = createCaches({
    client,
    signal,
    log,
    selectorFor: ({ group }) =>
      group === bench.type.group ? `bench=${bench.namespace}` : undefined,
  });
  const events: Workshop['events'] = [];
  const recorder = {
    record: (object: KubeObject, _: string, ...told: RunEvent[]) =>
      events.push(...told.map((event) => ({ ...event, object }))),
  };
  const metrics = createMetrics();
  const runtime = createRuntime({
    client,
    caches,
    recorder,
    metrics,
    log,
    signal,
    clock: systemClock,
    jitterPercent: 0,
    graceMs: 0,
    ...options,
  });
  const controller = startController(
    { ...defaults(bench.type), ...definition },
    undefined,
    runtime,
    { workers },
  );
  const stop = async () => {
    stopping.abort();
    if (!isDead) await controller.done;
  };
  const kill = () => {
    isDead = true;
    stopping.abort();
  };
  return { controller, caches, metrics, events, writes, client, stop, kill };
}

function defaults(type: ResourceType): WidgetDefinition {
  return {
    kind: { type, decode: decodeWidget },
    name: 'widget-controller',
    finalizer: widgetFinalizer,
    isSuspended: ({ spec }) => spec.suspend ?? false,
    intervalMs: () => 3_600_000,
    timeoutMs: () => 60_000,
    async reconcile({ spec }, _deps, run) {
      run.record({ built: `size ${spec.size ?? 1}` });
      return done({ reason: 'Succeeded', message: `built size ${spec.size ?? 1}` });
    },
  };
}

/** The guard: sizes are positive. */
function decodeWidget(object: KubeObject): Widget {
  const widget = object as Widget;
  const { size = 1 } = widget.spec;
  if (typeof size !== 'number' || size < 0) throw new Error('spec.size must not be negative');
  return widget;
}

interface Taps {
  onWrite: (write: string, when: 'before' | 'after') => Promise<void>;
  onWatch: () => void;
}

/** `client`, with an ear on what changes something and a finger on its watches. */
function tapped(client: KubeClient, { onWrite, onWatch }: Taps): KubeClient {
  const around = async <T>(write: string, send: () => Promise<T>): Promise<T> => {
    await onWrite(write, 'before');
    const answer = await send();
    await onWrite(write, 'after');
    return answer;
  };
  return {
    ...client,
    patch(type, key, patch, options) {
      const { subresource }: { subresource?: string } & CallOptions = options ?? {};
      const write = `patch ${type.plural}${subresource ? `/${subresource}` : ''}`;
      return around(write, () => client.patch(type, key, patch, options));
    },
    create: (type, object, options) =>
      around(`create ${type.plural}`, () => client.create(type, object, options)),
    replace: (type, object, options) =>
      around(`replace ${type.plural}`, () => client.replace(type, object, options)),
    delete: (type, key, options) =>
      around(`delete ${type.plural}`, () => client.delete(type, key, options)),
    apply: (type, object, options) =>
      around(`apply ${type.plural}`, () => client.apply(type, object, options)),
    async *watch(...args) {
      onWatch();
      for await (const event of client.watch(...args)) {
        onWatch();
        // The kind of object is the caller's claim.
        yield event as never;
      }
    },
  };
}
