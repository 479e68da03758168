import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterContext, freshNamespace } from '../../test/support/cluster.ts';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { createClient, type ClosableClient } from '../kube/connect.ts';
import { loadKubeconfig } from '../kube/kubeconfig.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import { createRecorder } from './recorder.ts';
import type { RunEvent } from './run.ts';

const eventType: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};
const secret = 'https://bob:hunter22@git.example/';
const revision = { revision: 'main@a', origin: secret };
const events: RunEvent[] = [
  { severity: 'info', reason: 'Succeeded', message: 'applied', metadata: revision },
  { severity: 'error', reason: 'GitOperationFailed', message: `cannot read ${secret}` },
  { severity: 'error', reason: 'GitOperationFailed', message: `cannot read ${secret}` },
  { severity: 'trace', reason: 'GitOperationSucceeded', message: 'no changes' },
];

const group = 'kustomize.toolkit.fluxcd.io';
const change = { revision: 'main@a' };
const together: RunEvent[] = [
  { severity: 'info', reason: 'Progressing', message: 'ConfigMap/a created', metadata: change },
  {
    severity: 'info',
    reason: 'ReconciliationSucceeded',
    message: 'finished',
    metadata: { ...change, commit_status: 'update' },
  },
  { severity: 'error', reason: 'HealthCheckFailed', message: 'then it broke' },
];

let client: ClosableClient;
let namespace: string;
let posted: {
  reason: string;
  message: string;
  metadata: object;
  involvedObject: { name: string };
}[];
let written: KubeObject[];

beforeAll(async () => {
  client = createClient({
    cluster: await loadKubeconfig({ paths: [clusterContext().kubeconfig] }),
  });
  namespace = await freshNamespace('recorder');
  posted = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      posted.push(JSON.parse(body) as (typeof posted)[number]);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const eventsUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const options = { client, clock: systemClock, log: silentLog, instance: 'pod-1', eventsUrl };
  const recorder = createRecorder(options);
  const annotations = { 'event.toolkit.fluxcd.io/env': 'prod', unrelated: 'x' };
  const object = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'apps', namespace, uid: 'u1', resourceVersion: '7', annotations },
  };
  for (const event of events) recorder.record(object, 'kustomize-controller', event);
  const metadata = { ...object.metadata, name: 'together', uid: 'u2' };
  recorder.record({ ...object, metadata }, 'kustomize-controller', ...together);
  await recorder.flush();
  server.close();
  written = (await client.list(eventType, { namespace })).items;
});
afterAll(() => client.close());

const postedAbout = (name: string) =>
  posted.filter(({ involvedObject }) => involvedObject.name === name);
const writtenFor = (reason: string) => written.filter((event) => event['reason'] === reason);

test('is a core Event of the controller, with metadata under the API group', () => {
  expect(writtenFor('Succeeded')).toHaveLength(1);
  expect(writtenFor('Succeeded')[0]).toMatchObject({
    type: 'Normal',
    message: 'applied',
    source: { component: 'kustomize-controller' },
    reportingInstance: 'pod-1',
    involvedObject: { kind: 'Kustomization', name: 'apps', namespace, uid: 'u1' },
    metadata: {
      annotations: {
        'kustomize.toolkit.fluxcd.io/revision': 'main@a',
        'event.toolkit.fluxcd.io/env': 'prod',
      },
    },
  });
});

test('repeats as a count', () => {
  expect(writtenFor('GitOperationFailed')).toHaveLength(1);
  expect(writtenFor('GitOperationFailed')[0]).toMatchObject({ type: 'Warning', count: 2 });
});

test('is posted, unless it is a trace', () => {
  const reasons = postedAbout('apps').map(({ reason }) => reason);
  expect(reasons.sort()).toEqual(['GitOperationFailed', 'Succeeded']);
  expect(writtenFor('GitOperationSucceeded')[0]).toMatchObject({ type: 'Normal' });
  expect(posted.find(({ reason }) => reason === 'Succeeded')?.metadata).toMatchObject({
    'kustomize.toolkit.fluxcd.io/revision': 'main@a',
    'event.toolkit.fluxcd.io/env': 'prod',
  });
});

test('told together, good news is one Event that begins with the last, and notifications of its own', () => {
  const [event, ...others] = writtenFor('ReconciliationSucceeded');
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    message: 'finished\nConfigMap/a created',
    count: 1,
    metadata: {
      annotations: { [`${group}/revision`]: 'main@a', [`${group}/commit_status`]: 'update' },
    },
  });
  expect(written.some(({ message }) => message === 'ConfigMap/a created')).toBe(false);
  expect(postedAbout('together').map(({ reason, message }) => [reason, message])).toEqual([
    ['Progressing', 'ConfigMap/a created'],
    ['ReconciliationSucceeded', 'finished'],
    ['HealthCheckFailed', 'then it broke'],
  ]);
  expect(postedAbout('together')[0]?.metadata).not.toHaveProperty(`${group}/commit_status`);
});

test('told together, bad news stands for itself', () => {
  expect(writtenFor('HealthCheckFailed')[0]).toMatchObject({
    type: 'Warning',
    message: 'then it broke',
  });
});

test('carries no credential, in message or metadata', () => {
  expect(JSON.stringify([written, posted])).not.toContain('hunter22');
});
