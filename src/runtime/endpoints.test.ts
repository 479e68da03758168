import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { openHealthServer, type HealthCheck } from './health-server.ts';
import { parseListenAddress, type Endpoint } from './http-endpoint.ts';
import { openMetricsServer } from './metrics-server.ts';
import { createMetrics } from './metrics.ts';

const address = '127.0.0.1:0';
const open: Endpoint[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
});

async function read(endpoint: Promise<Endpoint>, path: string, init: RequestInit = {}) {
  const opened = await endpoint;
  if (!open.includes(opened)) open.push(opened);
  const answer = await fetch(`${opened.url}${path}`, init);
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: await answer.text(),
  };
}

describe('health', () => {
  test('is well when every check is', async () => {
    const server = openHealthServer({ address, live: { runs: () => undefined } });
    expect(await read(server, '/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await read(server, '/readyz?verbose')).toMatchObject({ status: 200 });
  });

  test('names what is not, also when a check throws; ready includes live', async () => {
    let stuck: string | undefined;
    const ready: Record<string, HealthCheck> = {
      caches: () => 'GitRepository not synced',
      artifacts: () => Promise.reject(new Error('not listening')),
      fine: async () => undefined,
    };
    const server = openHealthServer({ address, live: { runs: () => stuck }, ready });
    expect(await read(server, '/healthz')).toMatchObject({ status: 200 });
    expect(await read(server, '/readyz')).toMatchObject({
      status: 503,
      body: 'caches: GitRepository not synced\nartifacts: not listening\n',
    });
    stuck = 'tenant-a/apps is stuck';
    expect(await read(server, '/healthz')).toMatchObject({ status: 503 });
  });

  test('answers nothing else', async () => {
    const server = openHealthServer({ address });
    expect(await read(server, '/')).toMatchObject({ status: 404 });
    expect(await read(server, '/healthz', { method: 'POST' })).toMatchObject({ status: 405 });
    expect(await read(server, '/healthz', { method: 'HEAD' })).toMatchObject({
      status: 200,
      body: '',
    });
  });

  test('closes although somebody stays connected', async () => {
    const server = await openHealthServer({ address });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await server.close();
    await closed;
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });
});

describe('metrics', () => {
  const run = {
    controller: 'kustomize-controller',
    kind: 'Kustomization',
    key: { namespace: 'tenant-a', name: 'apps' },
    seconds: 0.5,
  } as const;

  test('are served under the names that dashboards know', async () => {
    const metrics = createMetrics();
    metrics.reconciled({ ...run, result: 'requeue_after' });
    metrics.reconciled({ ...run, key: { namespace: 'tenant-a', name: 'db' }, result: 'error' });
    metrics.watchQueue('kustomize-controller', 4, { depth: 3, active: 2 });
    metrics.denied('kustomize-controller', 'AccessDenied');
    metrics.apiRequest({ verb: 'get', resource: 'pods', code: 200 });
    metrics.apiRequest({ verb: 'patch', resource: 'pods', code: 0, identity: {} });
    metrics.rendered({ result: 'ok', seconds: 0.2 });
    const { status, type, body } = await read(openMetricsServer({ address, metrics }), '/metrics');
    expect(status).toBe(200);
    expect(type).toContain('text/plain');
    for (const line of [
      'gotk_reconcile_duration_seconds_count{kind="Kustomization",name="apps",namespace="tenant-a"} 1',
      'controller_runtime_reconcile_total{controller="kustomize-controller",result="requeue_after"} 1',
      'controller_runtime_reconcile_errors_total{controller="kustomize-controller"} 1',
      'controller_runtime_reconcile_time_seconds_count{controller="kustomize-controller"} 2',
      'controller_runtime_active_workers{controller="kustomize-controller"} 2',
      'controller_runtime_max_concurrent_reconciles{controller="kustomize-controller"} 4',
      'workqueue_depth{name="kustomize-controller"} 3',
      'tenantry_denials_total{controller="kustomize-controller",reason="AccessDenied"} 1',
      'tenantry_api_requests_total{verb="get",resource="pods",code="200",as="self"} 1',
      'tenantry_api_requests_total{verb="patch",resource="pods",code="none",as="tenant"} 1',
      'tenantry_render_duration_seconds_count{result="ok"} 1',
    ])
      expect(body).toContain(`${line}\n`);
    expect(body).toContain('nodejs_eventloop_lag_seconds{quantile="0.99"}');
  });

  test('durations fall into ten buckets from 10 ms to 30 min', async () => {
    const metrics = createMetrics();
    metrics.reconciled({ ...run, result: 'success' });
    const bounds = [...(await metrics.text()).matchAll(/le="([^"]+)"/g)].map(([, le]) =>
      Number(le),
    );
    const finite = bounds.filter((bound) => !Number.isNaN(bound)).slice(0, 10);
    expect(finite).toHaveLength(10);
    expect(finite[0]).toBeCloseTo(0.01);
    expect(finite[9]).toBeCloseTo(1800);
  });

  test('series of what is gone are gone', async () => {
    const metrics = createMetrics();
    metrics.reconciled({ ...run, result: 'success' });
    const stop = metrics.watchQueue('c', 1, { depth: 0, active: 0 });
    metrics.forget(run.kind, run.key);
    metrics.forget(run.kind, run.key);
    stop();
    const text = await metrics.text();
    expect(text).not.toContain('name="apps"');
    expect(text).not.toContain('workqueue_depth{');
  });

  test('two processes in one do not share a registry', async () => {
    const [one, two] = [createMetrics(), createMetrics()];
    one.denied('c', 'AccessDenied');
    expect(await two.text()).not.toContain('tenantry_denials_total{');
  });
});

test.each([
  [':9440', { host: undefined, port: 9440 }],
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
])('listen address %s', (text, parsed) => {
  expect(parseListenAddress(text)).toEqual(parsed);
});

test.each(['9440', '', ':', ':99999', 'a:b', '::1:80'])('no listen address: %s', (text) => {
  expect(() => parseListenAddress(text)).toThrow('invalid listen address');
});
