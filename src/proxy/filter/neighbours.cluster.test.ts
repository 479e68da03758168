import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  startAggregatedServer,
  type AggregatedServer,
} from '../../../test/support/aggregated-server.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { capsule, type HarnessTenant } from '../../../test/support/tenancy-harness.ts';
import {
  startTenantProxy,
  type Persona,
  type TenantProxy,
} from '../../../test/support/tenant-proxy.ts';

/** What lists and watches over all namespaces never show: a neighbour's. */
let through: TenantProxy;
let oil: HarnessTenant;
let gas: HarnessTenant;
let alice: Persona;
let nobody: Persona;

beforeAll(async () => {
  through = await startTenantProxy();
  const { tenancy } = through;
  [oil, gas] = await Promise.all([tenancy.tenant(1), tenancy.tenant(1)]);
  [alice, nobody] = await Promise.all([through.owner(oil), through.as(freshName('nobody'))]);
  await eventually('the proxy has heard of the tenant', async () => {
    return (await alice.names('ns')).join() === oil.home;
  });
});

afterAll(async () => {
  await through[Symbol.asyncDispose]();
});

/** Lines of a watch, or items of a list, name what they show. */
const names = (body: string) => [...body.matchAll(/"name":"([^"]*)"/g)].map(([, name]) => name);

describe('of kinds that another server answers for, which heeds no selector', () => {
  let server: AggregatedServer;
  const path = () => `/apis/${server.group}/v1/gauges`;
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

  beforeAll(async () => {
    const { tenancy } = through;
    const gauges = [oil, gas].map(({ name, home: namespace }) => ({
      name: `of-${name}`,
      namespace,
      labels: { 'capsule.clastix.io/managed-by': name },
    }));
    server = await startAggregatedServer({ gauges, meters: [{ name: 'all' }] }, tenancy.plane);
    const may = ['--verb=get,list,watch', `--resource=gauges.${server.group}`];
    await tenancy.kubectlOk(['create', 'clusterrole', 'gauges', ...may]);
    const binding = ['-n', oil.home, 'create', 'rolebinding', 'gauges', '--clusterrole=gauges'];
    await tenancy.kubectlOk([...binding, `--user=${oil.owner.as}`]);
    await eventually('its owner sees them', async () => {
      return names((await alice.request('GET', path())).body).includes(`of-${oil.name}`);
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test('an owner sees its own', async () => {
    for (const headers of [{}, table]) {
      const { status, body } = await alice.request('GET', path(), { headers });
      expect([status, names(body)]).toEqual([200, [`of-${oil.name}`]]);
    }
    expect(server.queries.length).toBeGreaterThan(0);
  });

  test('who may list nowhere sees nothing', async () => {
    for (const headers of [{}, table]) {
      const { status, body } = await nobody.request('GET', path(), { headers });
      expect([status, names(body)]).toEqual([200, []]);
    }
  });

  test('nor is it told in a watch', async () => {
    const [own, none] = [
      await alice.open(`${path()}?watch=1`),
      await nobody.open(`${path()}?watch=1`),
    ];
    await eventually('both are over', async () => own.isOver() && none.isOver());
    expect([names(own.text()), names(none.text())]).toEqual([[`of-${oil.name}`], []]);
  });

  test('and of such without namespaces nothing, where nothing shows them', async () => {
    const { status } = await nobody.request('GET', path().replace('gauges', 'meters'));
    expect(status).toBe(403);
  });
});

/** Names of the namespaces that objects of a kind are shown of, from a list as JSON. */
async function namespacesOf(who: Persona, kind: string): Promise<string[]> {
  const { status, body } = await who.request('GET', `/api/v1/${kind}?${named}`);
  expect(status).toBe(200);
  const { items } = JSON.parse(body) as { items: { metadata: { namespace: string } }[] };
  return items.map(({ metadata }) => metadata.namespace).sort();
}
/** What these tests make: one object of a kind in a namespace. */
const named = 'fieldSelector=metadata.name%3Dthing';
const watched = (kind: string) => `/api/v1/${kind}?watch=1&resourceVersion=0&${named}`;
const thing = (kind: string, namespace: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'thing', namespace, ...more },
});

describe('of a namespace that has left the tenant', () => {
  let coal: HarnessTenant;
  let carol: Persona;
  const label = 'capsule.clastix.io/managed-by';
  const labelIn = async (namespace: string) => {
    const { metadata } = await through.tenancy.get('-n', namespace, 'secret', 'thing');
    return metadata.labels?.[label];
  };
  const [moved, gone] = [() => coal.other, () => coal.namespaces[2] ?? ''];
  const leave = (name: string, tenant: string | null) => {
    const labels = { 'capsule.clastix.io/tenant': tenant };
    const patch = { metadata: { labels, ...(tenant === null && { ownerReferences: null }) } };
    return through.tenancy.kubectlOk([
      'patch',
      'namespace',
      name,
      '--type=merge',
      `-p=${JSON.stringify(patch)}`,
    ]);
  };

  beforeAll(async () => {
    coal = await through.tenancy.tenant(3);
    carol = await through.owner(coal);
    await through.tenancy.apply(coal.namespaces.map((each) => thing('Secret', each)));
    await eventually('its owner sees all', async () => {
      return (await namespacesOf(carol, 'secrets')).length === 3;
    });
  });

  test('nothing is shown, though something in it is labelled as the tenant’s', async () => {
    const before = await carol.open(watched('secrets'));
    await eventually('it tells of all', async () => names(before.text()).length >= 3);
    await leave(moved(), gas.name);
    await leave(gone(), null);
    await eventually('it ends', async () => before.isOver());
    await eventually('the lists have lost both', async () => {
      return (await namespacesOf(carol, 'secrets')).join() === coal.home;
    });
    await eventually('its label is gone', async () => (await labelIn(gone())) === undefined);
    const stale = ['-n', gone(), 'label', 'secret', 'thing', `${label}=${coal.name}`];
    await through.tenancy.kubectlOk(stale);
    for (const accept of [
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      'application/vnd.kubernetes.protobuf',
      'application/vnd.kubernetes.protobuf,application/json',
      'application/yaml',
      'application/cbor',
    ]) {
      const { body } = await carol.request('GET', `/api/v1/secrets?${named}`, {
        headers: { accept },
      });
      expect([accept, body.includes(moved()), body.includes(gone())]).toEqual([
        accept,
        false,
        false,
      ]);
    }
  });

  test('nor told in a watch', async () => {
    const watch = await carol.open(watched('secrets'));
    const touched = { labels: { touched: 'yes' } };
    await through.tenancy.apply([
      thing('Secret', gone(), touched),
      thing('Secret', coal.home, touched),
    ]);
    await eventually('it tells of its own', async () => watch.text().includes('touched'));
    expect(watch.text()).not.toContain(gone());
    expect(watch.text()).not.toContain(moved());
    watch.close();
  });
});

describe('of a namespace that has come into the tenant', () => {
  const free = freshName('free');
  const come = (name: string) => {
    const label = `capsule.clastix.io/tenant=${gas.name}`;
    return through.tenancy.kubectlOk(['label', 'namespace', name, label, '--overwrite']);
  };
  const sees = (who: Persona, namespace: string) => async () =>
    (await namespacesOf(who, 'secrets')).includes(namespace);

  test('all is shown to its owner, and nothing to who owned it before', async () => {
    const [slag, bob] = [await through.tenancy.tenant(1), await through.owner(gas)];
    const former = await through.owner(slag);
    await through.tenancy.kubectlOk(['create', 'namespace', free]);
    await through.tenancy.apply([free, slag.home].map((each) => thing('Secret', each)));
    await eventually('who owns it sees it', sees(former, slag.home));
    for (const name of [free, slag.home]) {
      await come(name);
      await eventually('its new owner sees it', sees(bob, name));
      expect(await sees(former, name)()).toBe(false);
      await eventually('the right to label it is given back', async () => {
        const bindings = await through.tenancy.kubectlOk(['-n', name, 'get', 'rolebindings']);
        return !bindings.includes('tenantry-labels-');
      });
    }
  });
});

describe('of a namespace in which a role is missing', () => {
  const name = freshName('slate');
  const [dev, prod] = [`${name}-dev`, `${name}-prod`];
  const held = { finalizers: ['example.org/held'] };
  let reader: Persona;
  const namespace = (of: string) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: of, labels: { 'capsule.clastix.io/tenant': name } },
  });

  beforeAll(async () => {
    const owner = freshName('reader');
    reader = await through.as(owner);
    await through.tenancy.apply([
      capsule(
        'Tenant',
        { name },
        { owners: [{ kind: 'User', name: owner, clusterRoles: ['view'] }] },
      ),
    ]);
    await through.tenancy.apply([namespace(dev)]);
    await through.tenancy.apply([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'editor', namespace: dev, ...held },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: owner }],
        roleRef: { kind: 'ClusterRole', name: 'edit', apiGroup: 'rbac.authorization.k8s.io' },
      },
      thing('Secret', dev, held),
      thing('ConfigMap', dev),
    ]);
    for (const kind of ['secrets', 'configmaps']) {
      await eventually(`${kind} of one namespace are shown`, async () => {
        return (await namespacesOf(reader, kind)).join() === dev;
      });
    }
  });

  test('nothing is shown while it is new, and what the roles say from then on', async () => {
    const [secrets, settings] = [
      await reader.open(watched('secrets')),
      await reader.open(watched('configmaps')),
    ];
    await through.tenancy.apply([namespace(prod)]);
    await through.tenancy.apply([thing('Secret', prod, held), thing('ConfigMap', prod)]);
    await eventually('the settings are shown', async () => {
      expect(await namespacesOf(reader, 'secrets')).toEqual([dev]);
      return (await namespacesOf(reader, 'configmaps')).join() === [dev, prod].join();
    });
    await eventually('the watch of these ends, to be begun anew', async () => settings.isOver());
    expect(settings.text()).toContain('"code":410');
    await through.tenancy.apply([thing('Secret', dev, { ...held, labels: { touched: 'yes' } })]);
    await eventually('the other goes on', async () => secrets.text().includes('touched'));
    expect(secrets.text()).not.toContain(prod);
    secrets.close();
  });

  test('nothing is shown while it is deleted; of one in which there still is a role, all', async () => {
    const secrets = await reader.open(watched('secrets'));
    for (const each of [prod, dev]) {
      await through.tenancy.kubectlOk(['delete', 'namespace', each, '--wait=false']);
      await eventually('what is held in it is being deleted', async () => {
        const { metadata } = await through.tenancy.get('-n', each, 'secret', 'thing');
        return metadata.deletionTimestamp !== undefined;
      });
    }
    await eventually('it is told', async () => secrets.text().includes('deletionTimestamp'));
    expect(secrets.text()).not.toContain(prod);
    expect(await namespacesOf(reader, 'secrets')).toEqual([dev]);
    expect(await reader.names('namespaces')).toEqual([dev, prod]);
    expect((await reader.request('GET', `/api/v1/namespaces/${prod}`)).status).toBe(200);
    secrets.close();
  });
});
