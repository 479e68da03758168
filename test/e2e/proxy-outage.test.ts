import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { createClient } from '../../src/kube/connect.ts';
import { namespaceType } from '../../src/kube/core-resources.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { createCaches } from '../../src/runtime/cache/create-caches.ts';
import { eventually } from '../support/eventually.ts';
import { type HarnessTenant } from '../support/tenancy-harness.ts';
import {
  startTenantProxy,
  type Persona,
  type PersonaAnswer,
  type TenantProxy,
} from '../support/tenant-proxy.ts';

/**
 * The API server goes away behind the proxy and comes back, while tenants ask for one thing after the
 * other: what they hear is right, or "not now".
 */
let through: TenantProxy;
let oil: HarnessTenant;
let gas: HarnessTenant;
let alice: Persona;
let bob: Persona;
let token: string;

beforeAll(async () => {
  through = await startTenantProxy();
  const { tenancy } = through;
  [oil, gas] = await Promise.all([tenancy.tenant(2), tenancy.tenant(1)]);
  [alice, bob] = await Promise.all([through.owner(oil), through.owner(gas)]);
  for (const namespace of [...oil.namespaces, gas.home]) {
    await tenancy.kubectlOk(['-n', namespace, 'create', 'configmap', 'settings']);
  }
  const account = ['-n', oil.home, 'create'];
  await tenancy.kubectlOk([...account, 'serviceaccount', 'reader']);
  const to = ['--clusterrole=view', `--serviceaccount=${oil.home}:reader`];
  await tenancy.kubectlOk([...account, 'rolebinding', 'reader', ...to]);
  token = (await tenancy.kubectlOk([...account, 'token', 'reader'])).trim();
});
afterAll(() => through?.[Symbol.asyncDispose]());

interface Question {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** What is right, now and always. */
  right(answer: { status: number; body: unknown }): boolean;
}

interface ListBody {
  items?: { metadata: { name: string; namespace?: string } }[];
  status?: { allowed?: boolean };
}

const namesIn = (body: unknown) =>
  ((body as ListBody).items ?? []).map(({ metadata: { name, namespace } }) =>
    namespace === undefined ? name : `${namespace}/${name}`,
  );

/** A question for each way in which the proxy finds an answer. */
function questions(): Question[] {
  const same = (names: string[], expected: string[]) =>
    names.toSorted().join() === expected.toSorted().join();
  const settings = oil.namespaces.map((namespace) => `${namespace}/settings`);
  const isThere = ({ status }: { status: number }) => status === 200;
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'list', resource: 'namespaces' } },
  };
  return [
    {
      path: '/api/v1/namespaces',
      right: ({ body }) => same(namesIn(body), oil.namespaces),
    },
    {
      path: '/api/v1/configmaps?fieldSelector=metadata.name%3Dsettings',
      right: ({ body }) => same(namesIn(body), settings),
    },
    { path: `/api/v1/namespaces/${oil.home}`, right: isThere },
    { path: `/apis/capsule.clastix.io/v1beta2/tenants/${oil.name}`, right: isThere },
    { path: `/api/v1/namespaces/${oil.home}/configmaps/settings`, right: isThere },
    { path: '/apis', right: isThere },
    {
      path: `/api/v1/namespaces/${gas.home}/configmaps/settings`,
      right: ({ status }) => status === 403,
    },
    { path: `/api/v1/namespaces/${gas.home}`, right: ({ status }) => status === 404 },
    {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(review),
      right: ({ body }) => (body as ListBody).status?.allowed === true,
    },
  ];
}

const isNotNow = ({ status, retryAfter }: PersonaAnswer) =>
  status === 503 && retryAfter !== undefined;

/** Asks until it is stopped; what was answered that is neither right nor "not now". */
function keepAsking(question: Question) {
  const heard = { right: 0, notNow: 0, brokenOff: 0 };
  const wrong: string[] = [];
  const stopping = new AbortController();
  const ask = async () => {
    const { method = 'GET', path, right, headers = {}, body } = question;
    const answer = await alice
      .request(method, path, { headers, ...(body !== undefined && { body }) })
      .catch(() => undefined);
    if (answer === undefined) heard.brokenOff += 1;
    else if (isNotNow(answer)) heard.notNow += 1;
    else if (right({ ...answer, body: parsed(answer.body) })) heard.right += 1;
    else wrong.push(`${path}: ${answer.status} ${answer.body.slice(0, 300)}`);
  };
  const done = (async () => {
    while (!stopping.signal.aborted) {
      await ask();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    heard,
    wrong,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

test('what is answered meanwhile is right, or that nothing can be said now', async () => {
  const { plane } = through.tenancy;
  const withToken = {
    path: `/api/v1/namespaces/${oil.home}/configmaps/settings`,
    headers: { authorization: `Bearer ${token}` },
    right: ({ status }: { status: number }) => status === 200,
  };
  const asking = [...questions(), withToken].map(keepAsking);
  const all = (key: 'right' | 'notNow') => asking.map(({ heard }) => heard[key]);
  const moved = async (key: 'right' | 'notNow') => {
    const before = all(key);
    await eventually(`each is answered: ${key}`, async () =>
      all(key).every((count, index) => count > (before[index] ?? 0)),
    );
  };
  const { isApiReady } = through.proxy.proxy;
  await moved('right');
  await plane.stopApiServer();
  await moved('notNow');
  expect(await isApiReady()).toBe(false);
  await plane.startApiServer();
  await moved('right');
  await eventually('the proxy says that it is ready', isApiReady);
  for (const each of asking) await each.stop();
  expect(asking.flatMap(({ wrong }) => wrong)).toEqual([]);
});

/** What a client knows that lists, watches, and begins again when a watch has ended. */
async function follow({ kubeconfig }: Persona) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const client = createClient({ cluster: await loadKubeconfig({ paths: [kubeconfig] }) });
  const cache = createCaches({ client, signal, log: silentLog }).for(namespaceType);
  await cache.synced(signal);
  return {
    names: () =>
      cache
        .list()
        .map(({ metadata }) => metadata.name)
        .sort(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await client.close();
    },
  };
}

test('watches end, and who watches on knows what comes after, and nothing of others', async () => {
  const { tenancy } = through;
  await using mine = await follow(alice);
  await using others = await follow(bob);
  const watch = await alice.open('/api/v1/namespaces?watch=1&resourceVersion=0');
  await eventually('it begins', async () => watch.text().includes(oil.home));
  await tenancy.plane.stopApiServer();
  await eventually('it ends', async () => watch.isOver());
  expect(watch.text()).not.toContain('"ERROR"');
  await tenancy.plane.startApiServer();
  await tenancy.namespace(oil, `${oil.name}-after`);
  const expected = [...oil.namespaces, `${oil.name}-after`].sort();
  await eventually('it is known', async () => mine.names().join() === expected.join());
  expect(others.names()).toEqual([gas.home]);
});
