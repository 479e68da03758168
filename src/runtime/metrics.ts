import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, exponentialBuckets, Gauge, Histogram, Registry } from 'prom-client';
import type { ObjectKey } from '../kube/object.ts';

/** Labels of `controller_runtime_reconcile_total`. */
export type ReconcileResult = 'success' | 'error' | 'requeue' | 'requeue_after';

/** A controller's queue, read when metrics are scraped. */
export interface QueueGauge {
  readonly depth: number;
  readonly active: number;
}

/** A request as far as it is counted. */
export interface ApiRequest {
  verb: string;
  resource: string;
  code: number;
  /** Whom it was made as; absent for the control plane itself. */
  identity?: unknown;
}

/** How a review ended: `invalid` was none, `failed` and `timeout` are left to the failure policy. */
export type ReviewVerdict = 'allowed' | 'denied' | 'invalid' | 'failed' | 'timeout';

/** Numbers that are read when metrics are scraped, such as from the status of objects. */
export interface ReadGauge {
  name: string;
  help: string;
  labels: readonly string[];
  /** Every series there is; one that is not among them any more goes. */
  read(): Iterable<{ labels: Readonly<Record<string, string>>; value: number }>;
}

/** What the process counts; each function is called where the thing happens. */
export interface Metrics {
  /** One run of a reconciler ended. */
  reconciled(run: {
    controller: string;
    kind: string;
    key: ObjectKey;
    result: ReconcileResult;
    seconds: number;
  }): void;
  /** The object is gone: its series go too. */
  forget(kind: string, key: ObjectKey): void;
  /** Depth and busy workers of a controller; the returned function ends it. */
  watchQueue(controller: string, workers: number, queue: QueueGauge): () => void;
  /** Adds a gauge; another one of the name takes its place. */
  watch(gauge: ReadGauge): void;
  /** Our own tenancy policy said no. */
  denied(controller: string, reason: string): void;
  /** A request to the API server was answered; `code` is 0 when it was not (kube's `onRequest`). */
  apiRequest(request: ApiRequest): void;
  /** An admission hook was asked, and answered or not. */
  reviewed(review: { hook: string; verdict: ReviewVerdict; seconds: number }): void;
  /** A request of a tenant was answered by the proxy. */
  proxied(request: { path: string; status: number; seconds: number }): void;
  /** A render by the engine ended. */
  rendered(render: { result: string; seconds: number }): void;
  /** Prometheus text. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Upper bounds from 10 ms to 30 min, as dashboards of gotk_reconcile_duration_seconds know them. */
function durationBuckets(): number[] {
  return exponentialBuckets(0.01, (1800 / 0.01) ** (1 / 9), 10);
}

/** Metrics of one process in a registry of its own (never prom-client's global one). */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const reconcile = reconcileMetrics(registry);
  const queues = queueMetrics(registry);
  const calls = callMetrics(registry);
  const reviews = reviewMetrics(registry);
  const proxy = proxyMetrics(registry);
  eventLoopMetrics(registry);
  return {
    ...reconcile,
    ...queues,
    ...calls,
    ...reviews,
    ...proxy,
    watch: (gauge) => watchGauge(gauge, registry),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function watchGauge({ name, help, labels, read }: ReadGauge, registry: Registry): void {
  registry.removeSingleMetric(name);
  // Constructed for its registration.
  void new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const series of read()) this.set(series.labels, series.value);
    },
  });
}

function reconcileMetrics(registry: Registry) {
  const registers = [registry];
  const duration = new Histogram({
    name: 'gotk_reconcile_duration_seconds',
    help: 'How long reconciling one object took, by object.',
    labelNames: ['kind', 'name', 'namespace'],
    buckets: durationBuckets(),
    registers,
  });
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Runs of a controller, by how they ended.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Runs of a controller that failed.',
    labelNames: ['controller'],
    registers,
  });
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long the runs of a controller took.',
    labelNames: ['controller'],
    buckets: exponentialBuckets(0.005, 2, 14),
    registers,
  });
  const denials = new Counter({
    name: 'tenantry_denials_total',
    help: 'Reconciliations that tenancy policy refused.',
    labelNames: ['controller', 'reason'],
    registers,
  });
  return {
    reconciled({ controller, kind, key, result, seconds }) {
      duration.observe({ kind, ...labelsOf(key) }, seconds);
      total.inc({ controller, result });
      time.observe({ controller }, seconds);
      if (result === 'error') errors.inc({ controller });
    },
    forget: (kind, key) => duration.remove({ kind, ...labelsOf(key) }),
    denied: (controller, reason) => denials.inc({ controller, reason }),
  } satisfies Partial<Metrics>;
}

function queueMetrics(registry: Registry) {
  const queues = new Map<string, { workers: number; queue: QueueGauge }>();
  const gauge = (
    name: string,
    help: string,
    label: string,
    read: (entry: { workers: number; queue: QueueGauge }) => number,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [controller, entry] of queues) this.set({ [label]: controller }, read(entry));
      },
    });
  gauge('workqueue_depth', 'Objects ready to be reconciled.', 'name', ({ queue }) => queue.depth);
  gauge(
    'controller_runtime_active_workers',
    'Runs under way.',
    'controller',
    ({ queue }) => queue.active,
  );
  gauge(
    'controller_runtime_max_concurrent_reconciles',
    'Runs that may be under way at the same time.',
    'controller',
    ({ workers }) => workers,
  );
  return {
    watchQueue(controller, workers, queue) {
      queues.set(controller, { workers, queue });
      return () => void queues.delete(controller);
    },
  } satisfies Partial<Metrics>;
}

function callMetrics(registry: Registry) {
  const registers = [registry];
  const requests = new Counter({
    name: 'tenantry_api_requests_total',
    help: 'Requests to API servers, by what was asked, as whom, and how it was answered.',
    labelNames: ['verb', 'resource', 'code', 'as'],
    registers,
  });
  const renders = new Histogram({
    name: 'tenantry_render_duration_seconds',
    help: 'Duration of renders by the engine, by result.',
    labelNames: ['result'],
    buckets: durationBuckets(),
    registers,
  });
  return {
    apiRequest({ verb, resource, code, identity }) {
      const as = identity === undefined ? 'self' : 'tenant';
      requests.inc({ verb, resource, code: code === 0 ? 'none' : String(code), as });
    },
    rendered: ({ result, seconds }) => renders.observe({ result }, seconds),
  } satisfies Partial<Metrics>;
}

function reviewMetrics(registry: Registry) {
  const registers = [registry];
  const reviews = new Counter({
    name: 'tenantry_admission_reviews_total',
    help: 'Requests that admission hooks were asked about, by how that ended.',
    labelNames: ['hook', 'verdict'],
    registers,
  });
  const duration = new Histogram({
    name: 'tenantry_admission_duration_seconds',
    help: 'How long an admission hook took to answer.',
    labelNames: ['hook'],
    buckets: exponentialBuckets(0.0005, 2, 14),
    registers,
  });
  return {
    reviewed({ hook, verdict, seconds }) {
      reviews.inc({ hook, verdict });
      duration.observe({ hook }, seconds);
    },
  } satisfies Partial<Metrics>;
}

/** By the names they have in Capsule's proxy. */
function proxyMetrics(registry: Registry) {
  const registers = [registry];
  const requests = new Counter({
    name: 'capsule_proxy_requests_total',
    help: 'Requests that the tenant proxy answered.',
    labelNames: ['path', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'capsule_proxy_response_time_seconds',
    help: 'How long the tenant proxy took to answer; watches until they end.',
    labelNames: ['path'],
    buckets: exponentialBuckets(0.001, 2.5, 14),
    registers,
  });
  return {
    proxied({ path, status, seconds }) {
      requests.inc({ path, status: String(status) });
      duration.observe({ path }, seconds);
    },
  } satisfies Partial<Metrics>;
}

/** How often the event loop is looked at. */
const loopResolutionMs = 10;

function eventLoopMetrics(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  delay.enable();
  // Constructed for its registration.
  void new Gauge({
    name: 'nodejs_eventloop_lag_seconds',
    help: 'Event loop delay since the last scrape, by quantile.',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const quantile of [50, 99, 100]) {
        // Node measures from one look to the next: an idle loop has the resolution itself.
        const late = delay.percentile(quantile) / 1e9 - loopResolutionMs / 1000;
        this.set(
          { quantile: String(quantile / 100) },
          Number.isFinite(late) ? Math.max(late, 0) : 0,
        );
      }
      delay.reset();
    },
  });
}

function labelsOf({ name, namespace = '' }: ObjectKey) {
  return { name, namespace };
}
