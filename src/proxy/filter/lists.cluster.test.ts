import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAggregatedServer } from '../../../test/support/aggregated-server.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { capsule, type HarnessTenant } from '../../../test/support/tenancy-harness.ts';
import {
  startTenantProxy,
  type Persona,
  type TenantProxy,
} from '../../../test/support/tenant-proxy.ts';

let through: TenantProxy;
let oil: HarnessTenant;
let gas: HarnessTenant;
let alice: Persona;
let bob: Persona;

interface List {
  metadata: { continue?: string; remainingItemCount?: number };
  items: { metadata: { name: string; namespace?: string } }[];
}
const namesIn = (body: string) =>
  (JSON.parse(body) as List).items.map(({ metadata }) => metadata.name);
const path = '/api/v1/namespaces';

beforeAll(async () => {
  through = await startTenantProxy();
  const { tenancy } = through;
  [oil, gas] = await Promise.all([tenancy.tenant(2), tenancy.tenant(1)]);
  [alice, bob] = await Promise.all([through.owner(oil), through.owner(gas)]);
  await eventually('the proxy has heard of both', async () => {
    const [seenByAlice, seenByBob] = [await alice.names('ns'), await bob.names('ns')];
    return seenByAlice.length === 2 && seenByBob.length === 1;
  });
});

afterAll(async () => {
  await through[Symbol.asyncDispose]();
});

describe('namespaces and tenants', () => {
  test('each owner lists its own', async () => {
    expect(await alice.names('namespaces')).toEqual(oil.namespaces);
    expect(await bob.names('namespaces')).toEqual(gas.namespaces);
    expect(await alice.names('tenants')).toEqual([oil.name]);
    expect(await bob.names('tenants')).toEqual([gas.name]);
  });

  test('one is seen by its owner; to others it looks as if it did not exist', async () => {
    expect((await alice.kubectl(['get', 'namespace', oil.home])).code).toBe(0);
    expect((await alice.kubectl(['describe', 'namespace', oil.home])).code).toBe(0);
    expect((await alice.kubectl(['get', 'tenant', oil.name])).code).toBe(0);
    for (const kind of ['namespaces', 'tenants']) {
      const theirs = kind === 'tenants' ? gas.name : gas.home;
      const hidden = await alice.kubectl(['get', kind, theirs]);
      const missing = await alice.kubectl(['get', kind, 'no-such-name']);
      expect(hidden.code).toBe(1);
      expect(hidden.stderr.replaceAll(theirs, 'x')).toBe(
        missing.stderr.replaceAll('no-such-name', 'x'),
      );
    }
    const [hidden, missing] = [
      await alice.request('GET', `${path}/${gas.home}`),
      await alice.request('GET', `${path}/no-such-name`),
    ];
    expect(hidden).toEqual({ ...missing, body: missing.body.replaceAll('no-such-name', gas.home) });
  });

  test('who owns nothing gets an empty list, and no error', async () => {
    const nobody = await through.as(freshName('nobody'));
    expect(await nobody.names('namespaces')).toEqual([]);
    expect(await nobody.names('tenants')).toEqual([]);
    expect(await nobody.names('pods', '-A')).toEqual([]);
  });

  test('who is no user of tenants is answered by the API server alone', async () => {
    const stranger = await through.as(freshName('stranger'), []);
    const { code, stderr } = await stranger.kubectl(['get', 'namespaces']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Forbidden') as string]);
  });

  test('one that was created just now is in the next list', async () => {
    const carol = through.tenancy;
    const fresh = await carol.tenant(0);
    const owner = await through.owner(fresh);
    for (const name of [1, 2, 3].map((each) => `${fresh.name}-${each}`)) {
      await eventually('the owner may', async () => {
        const metadata = { name, labels: { 'capsule.clastix.io/tenant': fresh.name } };
        const input = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata });
        return (await owner.kubectl(['create', '-f', '-'], { input })).code === 0;
      });
      expect(await owner.names('namespaces')).toContain(name);
      expect((await owner.kubectl(['get', 'namespace', name])).code).toBe(0);
    }
  });
});

test('what ends is seen by its owner until it is gone, and by nobody else', async () => {
  const { tenancy } = through;
  const ending = await tenancy.tenant(1);
  const owner = await through.owner(ending);
  const { name, home } = ending;
  const inHome = ['-n', home, 'patch', 'configmap', 'holds', '--type=merge', '--patch'];
  const hold = (by: string[]) => JSON.stringify({ metadata: { finalizers: by } });
  await tenancy.kubectlOk(['-n', home, 'create', 'configmap', 'holds']);
  await tenancy.kubectlOk([...inHome, hold(['example.org/holds'])]);
  await tenancy.kubectlOk(['delete', 'tenant', name, '--wait=false']);
  await eventually('its namespace ends', async () => {
    const seen = await owner.request('GET', `${path}/${home}`);
    return seen.body.includes('"phase":"Terminating"');
  });
  expect(await owner.names('namespaces')).toEqual([home]);
  expect(await owner.names('tenants')).toEqual([name]);
  const tenant = await owner.kubectlOk(['get', 'tenant', name, '-o', 'json']);
  expect(JSON.parse(tenant)).toMatchObject({
    metadata: { deletionTimestamp: expect.any(String) as string },
  });
  const watch = await owner.open(`${path}?watch=1&resourceVersion=0`);
  await eventually('a watch tells of it', async () => watch.text().includes(`"name":"${home}"`));
  for (const [kind, gone] of Object.entries({ namespaces: home, tenants: name })) {
    expect(await bob.names(kind)).not.toContain(gone);
    expect((await bob.kubectl(['get', kind, gone])).stderr).toContain('NotFound');
  }
  await tenancy.kubectlOk([...inHome, hold([])]);
  await eventually('both are gone', async () => {
    const seen = [...(await owner.names('tenants')), ...(await owner.names('namespaces'))];
    return seen.length === 0;
  });
  // By an event of its own, or by one that has the client list again.
  await eventually('the watch tells that, too', async () =>
    /"type":"(DELETED|ERROR)"/.test(watch.text()),
  );
  watch.close();
});

describe('a selector of a client narrows the list, whatever it is', () => {
  const label = 'capsule.clastix.io/tenant';
  test.each<[string, () => string]>([
    ['none', () => ''],
    ['an empty one', () => 'labelSelector='],
    ['that of the other tenant', () => `labelSelector=${label}%3D${gas.name}`],
    ['in', () => `labelSelector=${label}+in+(${gas.name},${oil.name})`],
    ['notin', () => `labelSelector=${label}+notin+(${oil.name})`],
    ['absent', () => `labelSelector=!${label}`],
    ['two', () => `labelSelector=a&labelSelector=${label}%3D${gas.name}`],
    ['an empty one and another', () => `labelSelector=&labelSelector=${label}%3D${gas.name}`],
    ['one that is not closed', () => `labelSelector=${label}+in+(${gas.name}`],
    ['encoded twice', () => `labelSelector=%2563apsule`],
    ['a name in another case', () => `LabelSelector=${label}%3D${gas.name}`],
    ['a field', () => `fieldSelector=metadata.name%3D${gas.home}`],
    ['an old version', () => 'resourceVersion=0'],
    ['a page', () => 'limit=500&resourceVersion=0'],
  ])('%s', async (_what, query) => {
    const { status, body } = await alice.request('GET', `${path}?${query()}`);
    expect([200, 400]).toContain(status);
    expect(body).not.toContain(`"${gas.home}"`);
    if (status === 200) {
      for (const name of namesIn(body)) expect(oil.namespaces).toContain(name);
    }
  });

  test('so does one that selects among what is seen', async () => {
    const query = `labelSelector=kubernetes.io/metadata.name%3D${oil.home}`;
    expect(namesIn((await alice.request('GET', `${path}?${query}`)).body)).toEqual([oil.home]);
  });
});

test('pages: a token of one user shows another what is its own, and no count of what is hidden', async () => {
  const first = await alice.request('GET', `${path}?limit=1`);
  const { metadata } = JSON.parse(first.body) as List;
  expect(namesIn(first.body)).toEqual([oil.home]);
  expect(metadata.remainingItemCount).toBeUndefined();
  const rest = `limit=1&continue=${encodeURIComponent(metadata.continue ?? '')}`;
  expect(namesIn((await alice.request('GET', `${path}?${rest}`)).body)).toEqual([oil.other]);
  const { body } = await bob.request('GET', `${path}?${rest.replace('limit=1', 'limit=500')}`);
  for (const name of namesIn(body)) expect(gas.namespaces).toContain(name);
});

test('a list lets no other verb through', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    for (const target of [
      path,
      `${path}/${gas.home}`,
      `${path}/${gas.home}/status`,
      `${path}/${gas.home}/finalize`,
    ]) {
      const { status } = await alice.request(method, target, {
        headers: {
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        },
        body: '{"metadata":{"labels":{"taken":"yes"}}}',
      });
      expect([method, target, status < 400]).toEqual([method, target, false]);
    }
  }
  const { status } = await alice.request('DELETE', `${path}?labelSelector=a`);
  expect(status).toBeGreaterThanOrEqual(400);
  const namespace = await through.tenancy.get('namespace', gas.home);
  expect(namespace.metadata.labels).not.toHaveProperty('taken');
  expect(namespace.metadata.deletionTimestamp).toBeUndefined();
});

describe('lists over all namespaces', () => {
  beforeAll(async () => {
    for (const namespace of [oil.home, oil.other, gas.home, 'default']) {
      await through.tenancy.kubectlOk([
        '-n',
        namespace,
        'create',
        'configmap',
        'settings',
        '--from-literal=a=b',
      ]);
    }
  });

  test('show what is in the tenant', async () => {
    const shown = async (who: Persona) => {
      const { body } = await who.request(
        'GET',
        '/api/v1/configmaps?fieldSelector=metadata.name%3Dsettings',
      );
      return (JSON.parse(body) as List).items
        .map(({ metadata }) => metadata.namespace ?? '')
        .sort();
    };
    await eventually('the roles are there', async () => (await shown(alice)).length === 2);
    expect(await shown(alice)).toEqual(oil.namespaces);
    await eventually('the roles are there', async () => (await shown(bob)).length === 1);
    expect(await shown(bob)).toEqual([gas.home]);
  });

  test('show nothing of what one may not list in one of them', async () => {
    const name = freshName('reader');
    const spec = { owners: [{ kind: 'User', name, clusterRoles: ['view'] }] };
    const tenant = freshName('coal');
    await through.tenancy.apply([
      {
        apiVersion: 'capsule.clastix.io/v1beta2',
        kind: 'Tenant',
        metadata: { name: tenant },
        spec,
      },
    ]);
    const reader = await through.as(name);
    const metadata = { name: `${tenant}-1`, labels: { 'capsule.clastix.io/tenant': tenant } };
    await through.tenancy.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata }]);
    const settings = ['-n', metadata.name, 'create'];
    await through.tenancy.kubectlOk([...settings, 'configmap', 'settings']);
    await through.tenancy.kubectlOk([...settings, 'secret', 'generic', 'credentials']);
    await eventually('it sees the settings', async () => {
      return (await reader.names('configmaps', '-A')).includes('settings');
    });
    expect(await reader.names('secrets', '-A')).toEqual([]);
  });

  test('of kinds that come later are served as soon as these are', async () => {
    const plural = freshName('widgets').replaceAll('-', '');
    const kind = { plural, singular: plural, kind: `W${plural}` };
    const schema = { openAPIV3Schema: { type: 'object' } };
    await through.tenancy.apply([
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.example.org` },
        spec: {
          group: 'example.org',
          scope: 'Namespaced',
          names: kind,
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      },
    ]);
    await eventually('the list is served, and empty', async () => {
      const { status, body } = await alice.request('GET', `/apis/example.org/v1/${plural}`);
      return status === 200 && namesIn(body).length === 0;
    });
  });
});

describe('what Tenants show of the cluster', () => {
  const metrics = 'metrics.k8s.io';
  /** Resource, where it is, and what says which are shown to whom, in a spec. */
  const kinds = [
    { kind: 'Nodes', path: '/api/v1/nodes' },
    { kind: 'Nodes', path: `/apis/${metrics}/v1/nodes` },
    { kind: 'PersistentVolumes', path: '/api/v1/persistentvolumes' },
    { kind: 'IngressClasses', path: '/apis/networking.k8s.io/v1/ingressclasses' },
    { kind: 'RuntimeClasses', path: '/apis/node.k8s.io/v1/runtimeclasses' },
    { kind: 'PriorityClasses', path: '/apis/scheduling.k8s.io/v1/priorityclasses' },
  ];
  const owned = (tenant: HarnessTenant) => {
    const { name, home, owner } = tenant;
    const metadata = { name, labels: { pool: name } };
    const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata };
    const runtime = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata };
    const allowed = { allowed: [name] };
    return [
      { apiVersion: 'v1', kind: 'Node', metadata },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata,
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          hostPath: { path: '/none' },
          // That of its tenant is put on by the control plane.
          claimRef: { namespace: home, name: 'data' },
        },
      },
      { ...ingress, spec: { controller: 'example.org/none' } },
      { ...runtime, handler: 'none' },
      { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata, value: 7 },
      capsule(
        'Tenant',
        { name },
        {
          owners: [
            {
              kind: 'User',
              name: owner.as,
              proxySettings: kinds.map(({ kind }) => ({ kind, operations: ['List'] })),
            },
          ],
          nodeSelector: { pool: name },
          ingressOptions: { allowedClasses: allowed },
          runtimeClasses: { matchLabels: { pool: name } },
          priorityClasses: allowed,
        },
      ),
    ];
  };
  let metricsServer: AsyncDisposable;

  beforeAll(async () => {
    const { tenancy } = through;
    const nodes = [oil, gas].map(({ name }) => ({ name, labels: { pool: name } }));
    metricsServer = await startAggregatedServer({ nodes }, tenancy.plane, metrics);
    await tenancy.apply([oil, gas].flatMap(owned));
  });
  afterAll(async () => {
    await metricsServer?.[Symbol.asyncDispose]();
  });

  test.each(kinds)('$path: what is its own, and nothing of the neighbour', async ({ path: of }) => {
    for (const [who, mine, theirs] of [
      [alice, oil.name, gas.name],
      [bob, gas.name, oil.name],
    ] as const) {
      await eventually('it is shown', async () => {
        const { status, body } = await who.request('GET', of);
        return status === 200 && namesIn(body).join() === mine;
      });
      expect((await who.request('GET', `${of}/${mine}`)).status).toBe(200);
      const hidden = await who.request('GET', `${of}/${theirs}`);
      const missing = await who.request('GET', `${of}/none`);
      expect([hidden.status, hidden.body.replaceAll(theirs, 'none')]).toEqual([404, missing.body]);
      const watch = await who.open(`${of}?watch=1&resourceVersion=0`);
      await eventually('it is told', async () => watch.text().includes(`"name":"${mine}"`));
      watch.close();
      expect(watch.text()).not.toContain(theirs);
    }
  });
});
