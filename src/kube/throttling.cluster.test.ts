import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { clusterContext, freshName } from '../../test/support/cluster.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { createClient, type ClosableClient } from './connect.ts';
import { userIdentity } from './identity.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { ResourceType } from './object.ts';
import type { RequestRecord } from './sender.ts';

const flow = (kind: string, plural: string): ResourceType => ({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind,
  plural,
  namespaced: false,
});
const levels = flow('PriorityLevelConfiguration', 'prioritylevelconfigurations');
const schemas = flow('FlowSchema', 'flowschemas');

const name = freshName('throttled');
const user = userIdentity(name);
let cluster: ClusterConfig;
let client: ClosableClient;

/** Gives one user a single seat: of requests that meet, all but one are turned away with 429. */
beforeAll(async () => {
  cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  client = createClient({ cluster });
  await client.create(levels, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name },
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 0,
        lendablePercent: 0,
        borrowingLimitPercent: 0,
        limitResponse: { type: 'Reject' },
      },
    },
  });
  await client.create(schemas, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name },
      matchingPrecedence: 2,
      rules: [
        {
          subjects: [{ kind: 'User', user: { name } }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  });
});

afterAll(async () => {
  await client.delete(schemas, { name }).catch(() => {});
  await client.delete(levels, { name });
  await client.close();
});

/** Large enough that a dozen of them meet. */
const document = { method: 'GET', path: '/openapi/v2' } as const;
const askAll = (client: ClosableClient) =>
  Promise.allSettled(Array.from({ length: 12 }, () => client.as(user).raw(document)));

test('a 429 of the API server is waited out, whatever the number of those who wait', async () => {
  await using impatient = createClient({ cluster, resend: { maxThrottled: 0 } });
  const turnedAway = async () => {
    const settled = await askAll(impatient);
    const refused = settled.filter(({ status }) => status === 'rejected');
    return (refused[0] as PromiseRejectedResult | undefined)?.reason as unknown;
  };
  await expect
    .poll(turnedAway)
    .toMatchObject({ code: 429, reason: 'TooManyRequests', retryAfterMs: 1000 });

  const records: RequestRecord[] = [];
  await using patient = createClient({
    cluster,
    resend: { maxThrottled: 60 },
    onRequest: (record) => records.push(record),
  });
  const withCode = (code: number) => records.filter((record) => record.code === code).length;
  // Whether they meet is chance: until some did.
  for (let rounds = 1; rounds === 1 || (withCode(429) === 0 && rounds < 100); rounds++) {
    const settled = await askAll(patient);
    expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(withCode(200)).toBe(12 * rounds);
  }
  expect(withCode(429)).toBeGreaterThan(0);
});

test('a 503 that says no more than that is met again, by what may be repeated only', async () => {
  const services = { ...levels, group: '', kind: 'Service', plural: 'services', namespaced: true };
  const metadata = { namespace: 'default', name };
  // Nothing is behind it: what is forwarded to it ends in 503, from the API server itself.
  const spec = { ports: [{ port: 80 }], selector: { app: name } };
  await client.create(services, { apiVersion: 'v1', kind: 'Service', metadata, spec });
  onTestFinished(() => client.delete(services, metadata));
  const path = `/api/v1/namespaces/default/services/${name}/proxy/`;
  const answer = { code: 503, retryAfterMs: undefined };
  const records: RequestRecord[] = [];
  await using counted = createClient({ cluster, onRequest: (record) => records.push(record) });
  const codesOf = async (method: 'GET' | 'POST') => {
    records.length = 0;
    const request = { method, path, ...(method === 'POST' && { body: {} }) };
    await expect(counted.raw(request)).rejects.toMatchObject(answer);
    return records.map(({ code }) => code);
  };
  // A controller writes down that there is nothing.
  await eventually('the API server knows of the Service', () => codesOf('GET'));
  expect(await codesOf('GET')).toEqual([503, 503, 503, 503]);
  expect(await codesOf('POST')).toEqual([503]);
});
