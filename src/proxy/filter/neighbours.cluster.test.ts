import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  startAggregatedServer,
  type AggregatedServer,
} from '../../../test/support/aggregated-server.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { HarnessTenant } from '../../../test/support/tenancy-harness.ts';
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
