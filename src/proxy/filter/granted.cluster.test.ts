import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { beginsWithAll, checkFiltered } from '../../../test/support/filtered-kind.ts';
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

const storageClass = (name: string, labels = {}) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name, labels },
  provisioner: 'example.org/none',
});
const node = (name: string, pool: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { pool } },
});
const priority = (name: string) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value: 7,
});
const rule = (
  resources: string[],
  labels: Record<string, string>,
  operations = ['List', 'Get'],
) => ({
  apiGroups: ['*'],
  resources,
  operations,
  selector: { matchLabels: labels },
});

/** Changes the Tenant of alice, whose first owner she is. */
async function change(owner: object, more: object = {}): Promise<void> {
  const owners = [{ kind: 'User', name: oil.owner.as, ...owner }];
  await through.tenancy.apply([capsule('Tenant', { name: oil.name }, { owners, ...more })]);
}

beforeAll(async () => {
  through = await startTenantProxy();
  const { tenancy } = through;
  [oil, gas] = await Promise.all([tenancy.tenant(2), tenancy.tenant(1)]);
  [alice, bob] = await Promise.all([through.owner(oil), through.owner(gas)]);
  await tenancy.apply([
    storageClass('gold'),
    storageClass('silver', { tier: 'shared' }),
    storageClass('secret'),
    node('node-oil', 'oil'),
    node('node-gas', 'gas'),
    priority('rush'),
  ]);
});

afterAll(async () => {
  await through[Symbol.asyncDispose]();
});

describe('classes and nodes', () => {
  test('are shown as far as the Tenant grants it, and to its owner alone', async () => {
    const denied = await alice.kubectl(['get', 'storageclasses']);
    expect([denied.code, denied.stderr]).toEqual([
      1,
      expect.stringMatching(/BadRequest.*list of storageclasses is not granted/) as string,
    ]);
    const proxySettings = [
      { kind: 'StorageClasses', operations: ['List'] },
      { kind: 'Nodes', operations: ['List'] },
    ];
    const storageClasses = { allowed: ['gold'], matchLabels: { tier: 'shared' } };
    await change({ proxySettings }, { storageClasses, nodeSelector: { pool: 'oil' } });
    await eventually('the classes are listed', async () => {
      return (await alice.names('storageclasses')).join() === 'gold,silver';
    });
    await eventually('the nodes are listed', async () => {
      return (await alice.names('nodes')).join() === 'node-oil';
    });
    expect((await alice.kubectl(['get', 'storageclass', 'gold'])).code).toBe(0);
    const hidden = await alice.kubectl(['get', 'storageclass', 'secret']);
    const missing = await alice.kubectl(['get', 'storageclass', 'none']);
    expect(hidden.stderr.replaceAll('secret', 'none')).toBe(missing.stderr);
    expect((await alice.kubectl(['get', 'priorityclasses'])).code).toBe(1);
    expect((await bob.kubectl(['get', 'storageclasses'])).code).toBe(1);
    expect((await bob.kubectl(['get', 'node', 'node-gas'])).code).toBe(1);
  });

  test('are not changed by who may list them; then by who may change them, and no others', async () => {
    const label = (name: string) =>
      alice.kubectl(['label', 'node', name, 'touched=yes', '--overwrite']);
    expect((await label('node-oil')).code).toBe(1);
    const operations = ['List', 'Update', 'Delete'];
    const proxySettings = [
      { kind: 'Nodes', operations: ['List', 'Update'] },
      { kind: 'StorageClasses', operations },
    ];
    const storageClasses = { allowed: ['gold', 'unmade'] };
    await change({ proxySettings }, { storageClasses, nodeSelector: { pool: 'oil' } });
    await eventually('the owner may', async () => {
      return (await label('node-oil')).code === 0;
    });
    expect((await label('node-gas')).code).toBe(1);
    expect((await alice.kubectl(['delete', 'node', 'node-oil'])).code).toBe(1);
    expect((await alice.kubectl(['delete', 'nodes', '--all'])).code).toBe(1);
    for (const name of ['secret', 'unmade']) {
      const input = JSON.stringify(storageClass(name));
      const applied = await alice.kubectl(['apply', '--server-side', '-f', '-'], { input });
      expect([name, applied.code]).toEqual([name, 1]);
    }
    const status = await alice.request('PATCH', '/api/v1/nodes/node-oil/status', {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"metadata":{"labels":{"sub":"yes"}}}',
    });
    expect(status.status).toBe(403);
    const gold = '/apis/storage.k8s.io/v1/storageclasses/gold';
    const other = { preconditions: { uid: 'of-another' } };
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(other) };
    expect((await alice.request('DELETE', gold, json)).status).toBe(409);
    expect((await alice.request('DELETE', `${gold}?uid=of-another`)).status).toBe(409);
    expect((await alice.request('DELETE', `${gold}?dryRun=All`)).status).toBe(200);
    expect((await alice.kubectl(['delete', 'storageclass', 'gold'])).code).toBe(0);
    expect((await alice.kubectl(['delete', 'storageclass', 'secret'])).code).toBe(1);
    const nodes = await through.tenancy.get('nodes');
    expect(
      nodes.items?.map(({ metadata: { name, labels } }) => [name, labels?.['touched']]),
    ).toEqual([
      ['node-gas', undefined],
      ['node-oil', 'yes'],
    ]);
    expect((await through.tenancy.kubectl(['get', 'storageclass', 'unmade'])).code).toBe(1);
  });
});

describe('a node that an owner may change', () => {
  const patch = (type: string, labels: Record<string, string>) => {
    const list = Object.entries(labels).map(([key, value]) => ({
      op: 'add',
      path: `/metadata/labels/${key}`,
      value,
    }));
    const whole = { apiVersion: 'v1', kind: 'Node', metadata: { labels } };
    const force = type.startsWith('apply-') ? '?fieldManager=alice&force=true' : '';
    return alice.request('PATCH', `/api/v1/nodes/node-oil${force}`, {
      headers: { 'content-type': `application/${type}` },
      body: JSON.stringify(type.startsWith('json-') ? list : whole),
    });
  };
  const types = ['merge-patch+json', 'strategic-merge-patch+json', 'json-patch+json'];
  const all = ['apply-patch+yaml', ...types];
  const refused = 'some labels are marked as forbidden';

  beforeAll(async () => {
    const proxySettings = [{ kind: 'Nodes', operations: ['List', 'Update'] }];
    await change({ proxySettings }, { nodeSelector: { pool: 'oil' } });
    await eventually('the owner may', async () => {
      return (await patch('merge-patch+json', { rack: 'a' })).status === 200;
    });
    await through.tenancy.configure({
      nodeMetadata: { forbiddenLabels: { deniedRegex: '^(pool|zone)' } },
    });
    await eventually('the rule is in force', async () => {
      return (await patch('merge-patch+json', { zone: freshName('b') })).status === 403;
    });
  });

  test.each(all)('keeps labels that are forbidden to users of tenants: %s', async (type) => {
    for (const labels of [{ pool: 'gas' }, { 'zone-b': 'x' }]) {
      const { status, body } = await patch(type, labels);
      expect([status, body]).toEqual([403, expect.stringContaining(refused) as string]);
    }
    const { metadata } = await through.tenancy.get('node', 'node-oil');
    expect(metadata.labels).toMatchObject({ pool: 'oil' });
    expect(metadata.labels).not.toHaveProperty('zone-b');
  });

  test('is written by its owner, with what everybody may set', async () => {
    for (const type of all) {
      expect((await patch(type, { rack: type.slice(0, 4) })).status).toBe(200);
    }
  });
});

describe('what rules show', () => {
  const labelNode = async (pool: string) => {
    await through.tenancy.kubectlOk(['label', 'node', 'zone-a', `pool=${pool}`, '--overwrite']);
  };

  test('to those that they name: what any selector selects, for exactly their operations', async () => {
    const devs = freshName('devs');
    const carol = await through.as(freshName('carol'), [through.tenancy.group, devs]);
    await through.tenancy.apply([
      node('zone-a', 'shared'),
      { ...priority('slow'), metadata: { name: 'slow', labels: { shared: 'yes' } } },
      {
        apiVersion: 'capsule.clastix.io/v1beta1',
        kind: 'GlobalProxySettings',
        metadata: { name: freshName('global') },
        spec: {
          rules: [
            {
              subjects: [{ kind: 'Group', name: devs }],
              clusterResources: [
                rule(['nodes'], { pool: 'shared' }),
                rule(['nodes'], { 'kubernetes.io/os': 'none' }),
                rule(['priorityclasses'], { shared: 'yes' }, ['Get']),
                rule(['namespaces'], { 'kubernetes.io/metadata.name': gas.home }),
                rule(['*'], {}),
              ],
            },
          ],
        },
      },
    ]);
    await eventually('the nodes are listed', async () => {
      return (await carol.names('nodes')).join() === 'zone-a';
    });
    expect((await carol.kubectl(['get', 'priorityclass', 'slow'])).code).toBe(0);
    expect((await carol.kubectl(['get', 'priorityclass', 'rush'])).code).toBe(1);
    expect((await carol.kubectl(['get', 'priorityclasses'])).code).toBe(1);
    expect(await carol.names('namespaces')).toEqual([gas.home]);
    expect((await carol.kubectl(['delete', 'node', 'zone-a'])).code).toBe(1);
    expect((await carol.kubectl(['get', 'clusterroles'])).code).toBe(1);
    expect(await carol.names('secrets', '-A')).toEqual([]);
    const accept = (type: string) =>
      carol.request('GET', '/api/v1/nodes', { headers: { accept: type } });
    const table = await accept('application/json;as=Table;v=v1;g=meta.k8s.io');
    expect((JSON.parse(table.body) as { rows: unknown[] }).rows).toHaveLength(1);
    expect((await accept('application/vnd.kubernetes.protobuf')).status).toBe(406);
    expect((await alice.request('GET', '/api/v1/nodes/zone-a')).status).toBe(404);

    const rules = await carol.kubectlOk(['auth', 'can-i', '--list']);
    expect(rules).toMatch(/^nodes .*\[get list watch\]/m);
    expect(rules).toMatch(/^priorityclasses.scheduling.k8s.io .*\[get\]/m);
    expect(rules).not.toMatch(/^(\*|secrets|pods)/m);
    await checkFiltered({ who: carol, path: '/api/v1/nodes', name: 'zone-a', label: labelNode });
  });

  test('watches begin with all that is seen, and say when that was all', async () => {
    await beginsWithAll(bob, '/api/v1/namespaces', gas.home);
  });

  test('and a ProxySetting, to its subjects; only who may everywhere shows more than the tenant', async () => {
    const dave = await through.as(freshName('dave'));
    const user = JSON.parse(await dave.kubectlOk(['auth', 'whoami', '-o', 'json'])) as {
      status: { userInfo: { username: string } };
    };
    const setting = (more: object) => ({
      apiVersion: 'capsule.clastix.io/v1beta1',
      kind: 'ProxySetting',
      metadata: { name: 'guests', namespace: gas.home },
      spec: { subjects: [{ kind: 'User', name: user.status.userInfo.username, ...more }] },
    });
    await through.tenancy.kubectlOk([
      '-n',
      gas.home,
      'create',
      'rolebinding',
      'all',
      '--clusterrole=cluster-admin',
      `--user=${gas.owner.as}`,
    ]);
    const beyond = { clusterResources: [rule(['*'], { pool: 'oil' })] };
    const apply = (object: object) =>
      bob.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(object) });
    await eventually(
      'the owner may show the tenant',
      async () => (await apply(setting({}))).code === 0,
    );
    const refused = await apply(setting(beyond));
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('those who may create ProxySettings in every namespace') as string,
    ]);
    await eventually('the guest sees it', async () => {
      return (await dave.names('namespaces')).join() === gas.home;
    });
    expect(await dave.names('tenants')).toEqual([gas.name]);
    expect(await dave.names('configmaps', '-A')).toEqual([]);
    expect((await dave.kubectl(['get', 'nodes'])).code).toBe(1);
    await eventually('it is said to be in force', async () => {
      const { status } = await through.tenancy.get('-n', gas.home, 'proxysetting', 'guests');
      return JSON.stringify(status).includes(`its subjects see tenant ${gas.name}`);
    });
    await through.tenancy.apply([setting(beyond)]);
    await eventually('it sees more', async () => {
      return (await dave.names('nodes')).join() === 'node-oil';
    });
  });
});

describe('reviews of own rights', () => {
  const canI = async (who: Persona, ...args: string[]) =>
    (await who.kubectl(['auth', 'can-i', ...args])).stdout.trim();

  test('say yes to what the proxy serves, and to nothing else', async () => {
    await change(
      { proxySettings: [{ kind: 'Nodes', operations: ['List'] }] },
      { nodeSelector: { pool: 'oil' } },
    );
    await eventually(
      'nodes are granted',
      async () => (await canI(alice, 'list', 'nodes')) === 'yes',
    );
    for (const [answer, ...asked] of [
      ['yes', 'list', 'namespaces'],
      ['yes', 'watch', 'namespaces'],
      ['yes', 'get', `namespaces/${oil.home}`],
      ['no', 'get', `namespaces/${gas.home}`],
      ['no', 'delete', `namespaces/${gas.home}`],
      ['yes', 'list', 'tenants.capsule.clastix.io'],
      ['no', 'patch', 'tenants.capsule.clastix.io'],
      ['yes', 'list', 'configmaps', '-A'],
      ['no', 'delete', 'configmaps', '-A'],
      ['yes', 'get', 'nodes/node-oil'],
      ['no', 'get', 'nodes/node-gas'],
      ['no', 'patch', 'nodes/node-oil'],
      ['no', 'list', 'clusterroles'],
      ['no', '*', '*'],
    ]) {
      expect([...asked, await canI(alice, ...asked)]).toEqual([...asked, answer]);
    }
    expect(await canI(bob, 'list', 'nodes')).toBe('no');
  });

  test('say no to what the proxy hides, whatever own roles allow', async () => {
    const hidden = 'no - not shown by tenantry proxy';
    const frank = freshName('frank');
    const persona = await through.as(frank);
    const bind = ['create', 'clusterrolebinding', frank, '--clusterrole=view', `--user=${frank}`];
    await through.tenancy.kubectlOk(bind);
    await eventually('the role counts', async () => {
      return (await persona.kubectl(['-n', 'default', 'get', 'configmaps'])).code === 0;
    });
    for (const [answer, ...asked] of [
      ['yes', 'list', 'namespaces'],
      [hidden, 'get', `namespaces/${gas.home}`],
      [hidden, 'get', 'namespaces/default'],
      ['yes', 'list', 'configmaps', '-A'],
      ['yes', 'get', 'configmaps/a', '-n', gas.home],
    ]) {
      expect([...asked, await canI(persona, ...asked)]).toEqual([...asked, answer]);
    }
    expect((await persona.request('GET', '/api/v1/namespaces/default')).status).toBe(404);
    expect(await persona.names('configmaps', '-A')).toEqual([]);
    expect(await persona.names('configmaps', '-n', gas.home)).toContain('kube-root-ca.crt');
  });

  test('list the rules of the proxy with those of the API server', async () => {
    const listed = await alice.kubectlOk(['auth', 'can-i', '--list', '-n', oil.home]);
    expect(listed).toMatch(/^namespaces .*get list watch/m);
    expect(listed).toMatch(/^nodes .*get list watch/m);
    expect(listed).toMatch(/^configmaps /m);
    expect(await bob.kubectlOk(['auth', 'can-i', '--list'])).not.toMatch(/^nodes /m);
  });
});

test('forbidden labels of nodes are kept with every process stopped but the proxy', async () => {
  const proxySettings = [{ kind: 'Nodes', operations: ['List', 'Update'] }];
  await change({ proxySettings }, { nodeSelector: { pool: 'oil' } });
  const label = (...labels: string[]) =>
    alice.kubectl(['label', 'node', 'node-oil', '--overwrite', ...labels]);
  await eventually('the owner may', async () => (await label('rack=b')).code === 0);
  await through.tenancy.stop();
  const { code, stderr } = await label('zone=c');
  expect([code, stderr]).toEqual([1, expect.stringContaining('forbidden') as string]);
  expect((await label('rack=c')).code).toBe(0);
});
