import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { home, startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import type { CustomQuotaStatus } from '../../api/capsule/custom-quota.ts';
import type { QuantityLedgerStatus } from '../../api/capsule/quantity-ledger.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 240_000 });

const [oil, gas] = [freshName('oil'), freshName('gas')];
const [alice, bob] = [freshName('alice'), freshName('bob')];
let plane: TenancyPlane;
let owner: { as: string; asGroups: string[] };
let neighbour: { as: string; asGroups: string[] };
beforeAll(async () => {
  plane = await startTenancyPlane();
  owner = { as: alice, asGroups: [plane.group] };
  neighbour = { as: bob, asGroups: [plane.group] };
  await plane.tenant(oil, { owners: [{ kind: 'User', name: alice }] });
  await plane.tenant(gas, { owners: [{ kind: 'User', name: bob }] });
}, 240_000);
afterAll(() => plane?.[Symbol.asyncDispose]());

/** A namespace of its own for each test. */
async function place(tenant = oil, user = alice): Promise<string> {
  const name = freshName(tenant);
  await plane.namespace(name, tenant, user);
  return name;
}

const configMaps = (source: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', ...source });
const sized = (selector: object = {}) =>
  configMaps({
    path: '.data.size',
    selectors: [{ matchLabels: { counted: 'yes' }, ...selector }],
  });

/** Applies a quota as an admin and waits until it says so. */
async function quota(
  namespace: string,
  { name = 'quota', limit = '3', sources = [sized()], ...more }: Record<string, unknown> = {},
  isReady = true,
): Promise<void> {
  const kind = namespace === '' ? 'GlobalCustomQuota' : 'CustomQuota';
  const metadata = { name, ...(namespace !== '' && { namespace }) };
  const spec = { limit, sources, ...more };
  await plane.apply([{ apiVersion: 'capsule.clastix.io/v1beta2', kind, metadata, spec }]);
  if (isReady) await ready(namespace, name as string);
}

const resource = (namespace: string, name: string) =>
  namespace === '' ? ['globalcustomquota', name] : ['-n', namespace, 'customquota', name];
const statusOf = async (namespace: string, name = 'quota') =>
  (await plane.get(...resource(namespace, name)))['status'] as CustomQuotaStatus & {
    namespaces?: string[];
  };
const ready = (namespace: string, name = 'quota') =>
  eventually(`${name} is ready`, async () => {
    const { metadata, status } = await plane.get(...resource(namespace, name));
    expect(status).toMatchObject({
      observedGeneration: metadata.generation,
      conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded' }],
    });
    return true;
  });
const used = (namespace: string, amount: string, name = 'quota') =>
  eventually(`${amount} is used of ${name}`, async () => {
    expect((await statusOf(namespace, name)).usage?.used).toBe(amount);
    return true;
  });
const ledgerOf = async (namespace: string, name = 'quota') =>
  (await plane.get('-n', namespace, 'quantityledger', name))['status'] as QuantityLedgerStatus;

/** Undefined when it was created, otherwise what the user reads. */
async function create(
  namespace: string,
  size: string | undefined,
  {
    name = freshName('map'),
    labels = { counted: 'yes' },
    user = owner,
    args = [] as string[],
  } = {},
): Promise<string | undefined> {
  const input = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels },
    data: size === undefined ? {} : { size },
  });
  const { code, stderr } = await plane.kubectl(['create', '-f', '-', ...args], { input, ...user });
  return code === 0 ? undefined : stderr;
}
/** Until the webhooks that are registered are asked: the API server hears of them a moment later. */
const refused = (namespace: string, size: string, message: string | RegExp) =>
  eventually(`${size} is refused`, async () => {
    const name = freshName('probe');
    const answer = await create(namespace, size, { name, args: ['--dry-run=server'] });
    expect(answer).toMatch(message);
    return true;
  });
const count = async (namespace: string) => {
  const { items = [] } = await plane.get('-n', namespace, 'configmaps', '-l', 'counted=yes');
  return items.length;
};

describe('a quota of a namespace', () => {
  test('counts what is there, and what is asked for; tells who uses what', async () => {
    const namespace = await place();
    expect(await create(namespace, '1', { name: 'first' })).toBeUndefined();
    await quota(namespace);
    const status = await statusOf(namespace);
    expect(status).toMatchObject({
      usage: { used: '1', available: '2' },
      claims: [
        { group: '', version: 'v1', kind: 'ConfigMap', name: 'first', namespace, usage: '1' },
      ],
      targets: [
        { kind: 'ConfigMap', version: 'v1', op: 'add', path: '.data.size', scope: 'namespace' },
      ],
    });
    await refused(
      namespace,
      '2500m',
      /creating ConfigMap is beyond CustomQuota "quota": requested=2500m, used=1, reserved=0, available=2, limit=3/,
    );
    expect(await create(namespace, '2')).toBeUndefined();
    expect(await create(namespace, '1')).toContain('CustomQuota "quota"');
    await used(namespace, '3');
    await eventually('nothing is on its way', async () => {
      expect(await ledgerOf(namespace)).toMatchObject({
        allocated: '3',
        reserved: '0',
        reservations: [],
      });
      return true;
    });
    await plane.kubectlOk(['-n', namespace, 'delete', 'configmap', 'first']);
    await used(namespace, '2');
    expect(await create(namespace, '1')).toBeUndefined();
  });

  test('holds updates as well, and lets go of what is no longer counted', async () => {
    const namespace = await place();
    await quota(namespace);
    await refused(namespace, '4', /CustomQuota "quota"/);
    expect(await create(namespace, '1', { name: 'map' })).toBeUndefined();
    const patch = (body: object) =>
      plane.kubectl(
        ['-n', namespace, 'patch', 'configmap', 'map', '--type=merge', '-p', JSON.stringify(body)],
        owner,
      );
    expect((await patch({ data: { size: '4' } })).stderr).toMatch(
      /updating ConfigMap is beyond.*requested=3/,
    );
    expect((await patch({ data: { size: '3' } })).code).toBe(0);
    await used(namespace, '3');
    expect((await patch({ metadata: { labels: { counted: 'no' } } })).code).toBe(0);
    await used(namespace, '0');
    expect(await create(namespace, '3')).toBeUndefined();
    expect((await patch({ metadata: { labels: { counted: 'yes' } } })).stderr).toContain(
      'is beyond',
    );
  });

  test('of a burst exactly as many are admitted as fit', async () => {
    const namespace = await place();
    await quota(namespace, { limit: '5' });
    await refused(namespace, '6', /CustomQuota "quota"/);
    const answers = await Promise.all(Array.from({ length: 14 }, () => create(namespace, '1')));
    const refusals = answers.filter((answer) => answer !== undefined);
    expect(refusals.every((answer) => /is beyond CustomQuota|is busy/.test(answer))).toBe(true);
    expect(await count(namespace)).toBe(14 - refusals.length);
    expect(await count(namespace)).toBe(5);
    await used(namespace, '5');
  });

  test('a dry run is weighed and leaves nothing', async () => {
    const namespace = await place();
    await quota(namespace);
    await refused(namespace, '4', /CustomQuota "quota"/);
    expect(await create(namespace, '3', { args: ['--dry-run=server'] })).toBeUndefined();
    expect((await ledgerOf(namespace)).reservations ?? []).toEqual([]);
  });

  test('adds, subtracts, counts, and is never less than nothing', async () => {
    const namespace = await place();
    const labelled = (tier: string) => [{ matchLabels: { tier } }];
    await quota(namespace, {
      limit: '4',
      sources: [
        sized({ matchLabels: { tier: 'more' } }),
        configMaps({ op: 'sub', path: '.data.size', selectors: labelled('less') }),
        configMaps({ op: 'count', selectors: labelled('one') }),
      ],
    });
    const make = (tier: string, size = '1') =>
      create(namespace, size, { labels: { tier } as never });
    expect(await make('less', '5')).toBeUndefined();
    await used(namespace, '0');
    expect(await make('one')).toBeUndefined();
    await eventually('still nothing', async () => {
      const { claims = [], usage } = await statusOf(namespace);
      expect(usage?.used).toBe('0');
      expect(claims.map((claim) => claim.usage).sort()).toEqual(['0', '1']);
      return true;
    });
    expect(await make('more', '7')).toContain('is beyond CustomQuota "quota"');
    expect(await make('more', '3')).toBeUndefined();
    await eventually('all three count', async () => {
      expect((await statusOf(namespace)).claims).toHaveLength(3);
      return true;
    });
  });

  test('is written in CEL and selects by fields', async () => {
    const namespace = await place();
    await quota(namespace, {
      sources: [
        configMaps({
          cel: '[object.data.size, object.data.size].map(s, quantity(s))',
          selectors: [
            { fieldSelectors: ['.data.kind=double'], celExpressions: ["object.data.size != '0'"] },
          ],
        }),
      ],
    });
    const make = (size: string, kind = 'double') => {
      const metadata = { name: freshName('map'), namespace };
      const input = JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata,
        data: { size, kind },
      });
      return plane.kubectl(['create', '-f', '-'], { input, ...owner });
    };
    await eventually('two are too many', async () => {
      expect((await make('2')).stderr).toMatch(/requested=4.*limit=3/);
      return true;
    });
    expect((await make('9', 'single')).code).toBe(0);
    expect((await make('1')).code).toBe(0);
    await used(namespace, '2');
    expect((await make('x')).stderr).toMatch(
      /cannot be counted by CustomQuota "quota": ConfigMap, cel .* fails/,
    );
  });

  test('of several the one with the least left refuses, of equals the first by name', async () => {
    const namespace = await place();
    await quota(namespace, { name: 'large', limit: '9' });
    await quota(namespace, { name: 'b', limit: '4' });
    await quota(namespace, { name: 'a', limit: '4' });
    await refused(namespace, '10', /CustomQuota "a"/);
    expect(await create(namespace, '1')).toBeUndefined();
    await Promise.all(['large', 'a', 'b'].map((name) => used(namespace, '1', name)));
    expect(await create(namespace, '4')).toMatch(/CustomQuota "a"/);
    await eventually('no entry is left of what was refused', async () => {
      expect((await ledgerOf(namespace, 'large')).reservations).toEqual([]);
      return true;
    });
  });

  test('counts what controllers of Kubernetes make', async () => {
    const namespace = await place();
    await quota(namespace, { limit: 2, sources: [{ apiVersion: 'v1', kind: 'Pod', op: 'count' }] });
    const labels = { app: 'web' };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: 'web', image: 'web' }] },
    };
    const spec = { replicas: 5, selector: { matchLabels: labels }, template };
    const metadata = { name: 'web', namespace };
    await plane.apply([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }], owner);
    await eventually('its controller is refused', async () => {
      const { items = [] } = await plane.get('-n', namespace, 'events');
      return items.some((event) =>
        String(event['message']).includes('is beyond CustomQuota "quota"'),
      );
    });
    await used(namespace, '2');
    const { items = [] } = await plane.get('-n', namespace, 'pods');
    expect(items).toHaveLength(2);
  });
});

describe('what cannot be counted', () => {
  test('is refused, and an object that is there already makes the quota say so', async () => {
    const namespace = await place();
    expect(await create(namespace, undefined, { name: 'without' })).toBeUndefined();
    await quota(namespace, {}, false);
    await eventually('the quota is not ready', async () => {
      const { conditions = [] } = await statusOf(namespace);
      expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({
        status: 'False',
        reason: 'Failed',
        message: expect.stringMatching(
          `${namespace}/without: .*did not resolve to any value`,
        ) as string,
      });
      return true;
    });
    await refused(namespace, '1', /has to wait for CustomQuota "quota"/);
    await plane.kubectlOk(['-n', namespace, 'delete', 'configmap', 'without'], owner);
    await ready(namespace);
    expect(await create(namespace, '1')).toBeUndefined();
    expect(await create(namespace, undefined)).toContain('did not resolve to any value');
    expect(await create(namespace, '-1')).toContain('resolved to less than nothing');
  });

  test('nor what a selector cannot look at', async () => {
    const namespace = await place();
    await quota(namespace, { sources: [sized({ fieldSelectors: ['.data.size[?(@=="1")]'] })] });
    await refused(namespace, '1', /is not array or slice and cannot be filtered/);
  });

  test.each([
    [{ limit: '0' }, 'spec.limit must be more than 0'],
    [
      { sources: [configMaps({ path: 'data' })] },
      "spec.sources[0].path: it does not begin with '.'",
    ],
    [
      { sources: [configMaps({ cel: 'object.data.size' })] },
      'spec.sources[0].cel: it must be a quantity',
    ],
    [
      { sources: [configMaps({ op: 'count', selectors: [{ celExpressions: ['1'] }] })] },
      'celExpressions[0]: it must be true or false',
    ],
    [
      { sources: [configMaps({ op: 'count', path: '.data.size' })] },
      "must be empty when op is 'count'",
    ],
  ])('quotas that nothing is counted by are refused: %j', async (spec, message) => {
    await expect(quota('default', { limit: '3', ...spec })).rejects.toThrow(message);
  });

  test('an expression that goes on and on ends, and keeps nobody else waiting', async () => {
    const namespace = await place();
    const endless =
      'lists.range(1000).map(a, lists.range(1000).map(b, lists.range(1000).sum())).map(l, quantity(string(l.sum())))';
    await quota(namespace, {
      sources: [configMaps({ cel: endless, selectors: [{ matchLabels: { counted: 'yes' } }] })],
    });
    await refused(namespace, '1', /it takes more steps than an expression may|it took too long/);
  });

  test('a kind that is in no namespace, or not served, is told', async () => {
    const namespace = await place();
    const says = (name: string, message: string) =>
      eventually(message, async () => {
        expect(JSON.stringify((await statusOf(namespace, name)).conditions)).toContain(message);
        return true;
      });
    const nodes = [{ apiVersion: 'v1', kind: 'Node', op: 'count' }];
    await quota(namespace, { name: 'nodes', sources: nodes }, false);
    await says('nodes', 'Node of v1 is not namespaced');
    const none = [{ apiVersion: 'x.example.com/v1', kind: 'None', op: 'count' }];
    await quota(namespace, { name: 'none', sources: none }, false);
    await says('none', 'the cluster does not serve None of x.example.com/v1');
  });
});

test('while something is used, sources stay, and the limit covers it', async () => {
  const namespace = await place();
  await quota(namespace);
  expect(await create(namespace, '2')).toBeUndefined();
  await used(namespace, '2');
  await expect(quota(namespace, { limit: '1' })).rejects.toThrow(
    'spec.limit cannot be 1, which is less than what is used: 2',
  );
  const others = [configMaps({ op: 'count' })];
  await expect(quota(namespace, { sources: others })).rejects.toThrow(
    'spec.sources cannot be changed',
  );
  await quota(namespace, { limit: '2' });
  await refused(namespace, '1', /limit=2/);
});

describe('a neighbour', () => {
  test('is not counted, not asked about, and sees nothing', async () => {
    const [own, other] = await Promise.all([place(), place(gas, bob)]);
    await quota(own, { limit: '1' });
    await refused(own, '2', /CustomQuota "quota"/);
    expect(await create(other, '5', { user: neighbour })).toBeUndefined();
    expect(await create(own, '1')).toBeUndefined();
    await used(own, '1');
    const { claims } = await statusOf(own);
    expect(JSON.stringify(claims)).not.toContain(other);
    for (const args of [
      ['-n', own, 'get', 'customquotas'],
      ['-n', own, 'get', 'quantityledgers'],
      ['get', 'globalcustomquotas'],
    ])
      expect((await plane.kubectl(args, neighbour)).stderr).toContain('forbidden');
  });

  test('and a tenant raises no limit of its own, unless a role lets it; its ledger never', async () => {
    const namespace = await place();
    await quota(namespace);
    const raise = () => {
      const body = JSON.stringify({ spec: { limit: '99' } });
      return plane.kubectl(
        ['-n', namespace, 'patch', 'customquota', 'quota', '--type=merge', '-p', body],
        owner,
      );
    };
    const forge = () => {
      const body = JSON.stringify({ status: { allocated: '0' } });
      const args = ['-n', namespace, 'patch', 'quantityledger', 'quota', '--subresource=status'];
      return plane.kubectl([...args, '--type=merge', '-p', body], owner);
    };
    expect((await raise()).stderr).toContain('forbidden');
    expect((await forge()).stderr).toContain('forbidden');
    const role = freshName('all');
    const group = 'rbac.authorization.k8s.io';
    await plane.apply([
      {
        apiVersion: `${group}/v1`,
        kind: 'Role',
        metadata: { name: role, namespace },
        rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
      },
      {
        apiVersion: `${group}/v1`,
        kind: 'RoleBinding',
        metadata: { name: role, namespace },
        subjects: [{ apiGroup: group, kind: 'User', name: alice }],
        roleRef: { apiGroup: group, kind: 'Role', name: role },
      },
    ]);
    await eventually('the role counts', async () => (await raise()).code === 0);
    expect((await forge()).stderr).toContain('objects that the control plane manages');
    const remove = ['-n', namespace, 'delete', 'quantityledger', 'quota'];
    expect((await plane.kubectl(remove, owner)).stderr).toContain(
      'objects that the control plane manages',
    );
  });
});

describe('a quota of several namespaces', () => {
  test('counts them together, and follows their labels', async () => {
    const [a, b, other] = await Promise.all([place(), place(), place(gas, bob)]);
    const name = freshName('shared');
    const label = (namespace: string, value: string) =>
      plane.kubectlOk(['label', 'namespace', namespace, '--overwrite', `shared=${value}`]);
    for (const namespace of [a, b]) await label(namespace, name);
    await quota('', {
      name,
      limit: '3',
      namespaceSelectors: [{ matchLabels: { shared: name } }],
      options: { emitMetricPerClaimUsage: true },
    });
    expect((await statusOf('', name)).namespaces).toEqual([a, b].sort());
    await refused(a, '4', new RegExp(`GlobalCustomQuota "${name}"`));
    expect(await create(a, '2', { name: 'of-a' })).toBeUndefined();
    const answer = await create(b, '2');
    expect(answer).toMatch(/requested=2, used=[02], reserved=[02], available=1, limit=3/);
    expect(answer).not.toContain(a);
    expect(await create(other, '9', { user: neighbour })).toBeUndefined();
    await used('', '2', name);
    const text = await plane.metrics.text();
    const of = `custom_quota="${name}"`;
    expect(text).toContain(`capsule_global_custom_quota_resource_usage{${of}} 2`);
    expect(text).toContain(`capsule_global_custom_quota_resource_limit{${of}} 3`);
    expect(text).toMatch(
      new RegExp(
        `capsule_global_custom_quota_resource_item_usage{${of},name="of-a",target_namespace="${a}",kind="ConfigMap",group=""} 2`,
      ),
    );
    await label(a, 'no');
    await used('', '0', name);
    expect((await statusOf('', name)).namespaces).toEqual([b]);
    expect(await create(b, '3')).toBeUndefined();
    await plane.kubectlOk(['delete', 'globalcustomquota', name]);
    await eventually('its ledger is gone', async () => {
      const { items = [] } = await plane.get('-n', home, 'quantityledgers');
      return !items.some(({ metadata }) => metadata.name === name);
    });
  });

  test('without selectors all namespaces count, but those of Kubernetes and the control plane', async () => {
    const namespace = await place();
    const name = freshName('all');
    const sources = [
      configMaps({ path: '.data.size', selectors: [{ matchLabels: { all: name } }] }),
    ];
    await quota('', { name, limit: '1', sources });
    expect((await statusOf('', name)).namespaces).toEqual(['*']);
    const make = (at: string, size: string) =>
      create(at, size, { labels: { all: name } as never, user: {} as never });
    await eventually('it is held', async () => {
      expect(await make(namespace, '2')).toContain(`GlobalCustomQuota "${name}"`);
      expect(await make('default', '2')).toContain(`GlobalCustomQuota "${name}"`);
      return true;
    });
    expect(await make('kube-system', '2')).toBeUndefined();
    expect(await make(home, '2')).toBeUndefined();
    expect(await make('default', '1')).toBeUndefined();
    await used('', '1', name);
    await plane.kubectlOk(['delete', 'globalcustomquota', name]);
  });
});

test('while every process is stopped, tenants wait and all else goes on; then it is counted', async () => {
  const namespace = await place();
  const name = freshName('offline');
  await quota(namespace, { limit: '4' });
  await quota('', { name, limit: '4' });
  await refused(namespace, '5', /CustomQuota/);
  expect(await create(namespace, '1')).toBeUndefined();
  await plane.stopComponent();
  expect(await create(namespace, '1')).toMatch(/failed calling webhook/);
  expect(await create(namespace, '1', { labels: { counted: 'no' } })).toMatch(
    /failed calling webhook/,
  );
  const other = ['create', 'secret', 'generic', 'uncounted', '-n', namespace];
  expect((await plane.kubectl(other, owner)).code).toBe(0);
  const admin = {} as never;
  expect(await create('default', '2', { user: admin })).toBeUndefined();
  await plane.startComponent();
  await used('', '3', name);
  await used(namespace, '1');
  await eventually('requests are answered again', async () => {
    expect(await create(namespace, '3')).toContain(`GlobalCustomQuota "${name}"`);
    return true;
  });
  expect(await create(namespace, '1')).toBeUndefined();
  await plane.kubectlOk(['delete', 'globalcustomquota', name]);
});
