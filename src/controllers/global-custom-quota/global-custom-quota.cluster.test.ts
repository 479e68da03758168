import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import {
  configMaps,
  sized,
  startCustomQuotaPlane,
  type CustomQuotaPlane,
} from '../../../test/support/custom-quotas.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { home } from '../../../test/support/tenancy-plane.ts';

let on: CustomQuotaPlane;
beforeAll(async () => {
  on = await startCustomQuotaPlane();
});
afterAll(() => on?.[Symbol.asyncDispose]());

describe('what cannot be counted', () => {
  test('is refused, and an object that is there already makes the quota say so', async () => {
    const namespace = await on.place();
    expect(await on.create(namespace, undefined, { name: 'without' })).toBeUndefined();
    await on.quota(namespace, {}, false);
    await eventually('the quota is not ready', async () => {
      const { conditions = [] } = await on.status(namespace);
      expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({
        status: 'False',
        reason: 'Failed',
        message: expect.stringMatching(
          `${namespace}/without: .*did not resolve to any value`,
        ) as string,
      });
      return true;
    });
    await on.refused(namespace, '1', /has to wait for CustomQuota "quota"/);
    await on.plane.kubectlOk(['-n', namespace, 'delete', 'configmap', 'without'], on.owner);
    await on.ready(namespace);
    expect(await on.create(namespace, '1')).toBeUndefined();
    expect(await on.create(namespace, undefined)).toContain('did not resolve to any value');
    expect(await on.create(namespace, '-1')).toContain('resolved to less than nothing');
  });

  test('nor what a selector cannot look at', async () => {
    const namespace = await on.place();
    await on.quota(namespace, { sources: [sized({ fieldSelectors: ['.data.size[?(@=="1")]'] })] });
    await on.refused(namespace, '1', /is not array or slice and cannot be filtered/);
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
    await expect(on.quota('default', { limit: '3', ...spec })).rejects.toThrow(message);
  });

  test('an expression that goes on and on ends, and keeps nobody else waiting', async () => {
    const namespace = await on.place();
    const endless =
      'lists.range(1000).map(a, lists.range(1000).map(b, lists.range(1000).sum())).map(l, quantity(string(l.sum())))';
    await on.quota(namespace, {
      sources: [configMaps({ cel: endless, selectors: [{ matchLabels: { counted: 'yes' } }] })],
    });
    await on.refused(namespace, '1', /it takes more steps than an expression may|it took too long/);
  });

  test('a kind that is in no namespace, or not served, is told', async () => {
    const namespace = await on.place();
    const says = (name: string, message: string) =>
      eventually(message, async () => {
        expect(JSON.stringify((await on.status(namespace, name)).conditions)).toContain(message);
        return true;
      });
    const nodes = [{ apiVersion: 'v1', kind: 'Node', op: 'count' }];
    await on.quota(namespace, { name: 'nodes', sources: nodes }, false);
    await says('nodes', 'Node of v1 is not namespaced');
    const none = [{ apiVersion: 'x.example.com/v1', kind: 'None', op: 'count' }];
    await on.quota(namespace, { name: 'none', sources: none }, false);
    await says('none', 'the cluster does not serve None of x.example.com/v1');
  });
});

describe('a neighbour', () => {
  test('is not counted, not asked about, and sees nothing', async () => {
    const [own, other] = await Promise.all([on.place(), on.place('neighbour')]);
    await on.quota(own, { limit: '1' });
    await on.refused(own, '2', /CustomQuota "quota"/);
    expect(await on.create(other, '5', { user: on.neighbour })).toBeUndefined();
    expect(await on.create(own, '1')).toBeUndefined();
    await on.used(own, '1');
    const { claims } = await on.status(own);
    expect(JSON.stringify(claims)).not.toContain(other);
    for (const args of [
      ['-n', own, 'get', 'customquotas'],
      ['-n', own, 'get', 'quantityledgers'],
      ['get', 'globalcustomquotas'],
    ])
      expect((await on.plane.kubectl(args, on.neighbour)).stderr).toContain('forbidden');
  });

  test('and a tenant raises no limit of its own, unless a role lets it; its ledger never', async () => {
    const namespace = await on.place();
    await on.quota(namespace);
    const raise = () => {
      const body = JSON.stringify({ spec: { limit: '99' } });
      return on.plane.kubectl(
        ['-n', namespace, 'patch', 'customquota', 'quota', '--type=merge', '-p', body],
        on.owner,
      );
    };
    const forge = () => {
      const body = JSON.stringify({ status: { allocated: '0' } });
      const args = ['-n', namespace, 'patch', 'quantityledger', 'quota', '--subresource=status'];
      return on.plane.kubectl([...args, '--type=merge', '-p', body], on.owner);
    };
    expect((await raise()).stderr).toContain('forbidden');
    expect((await forge()).stderr).toContain('forbidden');
    const role = freshName('all');
    const group = 'rbac.authorization.k8s.io';
    await on.plane.apply([
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
        subjects: [{ apiGroup: group, kind: 'User', name: on.owner.as }],
        roleRef: { apiGroup: group, kind: 'Role', name: role },
      },
    ]);
    await eventually('the role counts', async () => (await raise()).code === 0);
    expect((await forge()).stderr).toContain('objects that the control plane manages');
    const remove = ['-n', namespace, 'delete', 'quantityledger', 'quota'];
    expect((await on.plane.kubectl(remove, on.owner)).stderr).toContain(
      'objects that the control plane manages',
    );
  });
});

describe('a quota of several namespaces', () => {
  test('counts them together, and follows their labels', async () => {
    const [a, b, other] = await Promise.all([on.place(), on.place(), on.place('neighbour')]);
    const name = freshName('shared');
    const label = (namespace: string, value: string) =>
      on.plane.kubectlOk(['label', 'namespace', namespace, '--overwrite', `shared=${value}`]);
    for (const namespace of [a, b]) await label(namespace, name);
    await on.quota('', {
      name,
      limit: '3',
      namespaceSelectors: [{ matchLabels: { shared: name } }],
      options: { emitMetricPerClaimUsage: true },
    });
    expect((await on.status('', name)).namespaces).toEqual([a, b].sort());
    await on.refused(a, '4', new RegExp(`GlobalCustomQuota "${name}"`));
    expect(await on.create(a, '2', { name: 'of-a' })).toBeUndefined();
    const answer = await on.create(b, '2');
    expect(answer).toMatch(/requested=2, used=[02], reserved=[02], available=1, limit=3/);
    expect(answer).not.toContain(a);
    expect(await on.create(other, '9', { user: on.neighbour })).toBeUndefined();
    await on.used('', '2', name);
    const [family, of] = ['capsule_global_custom_quota_resource', `custom_quota="${name}"`];
    const item = `name="of-a",target_namespace="${a}",kind="ConfigMap",group=""`;
    await eventually('it is told', async () => {
      const text = await on.plane.metrics.text();
      expect(text).toContain(`${family}_usage{${of}} 2`);
      expect(text).toContain(`${family}_limit{${of}} 3`);
      expect(text).toContain(`${family}_item_usage{${of},${item}} 2`);
      return true;
    });
    await label(a, 'no');
    await on.used('', '0', name);
    expect((await on.status('', name)).namespaces).toEqual([b]);
    await eventually('there is room for three', async () => {
      return (await on.create(b, '3')) === undefined;
    });
    await on.plane.kubectlOk(['delete', 'globalcustomquota', name]);
    await eventually('its ledger is gone', async () => {
      const { items = [] } = await on.plane.get('-n', home, 'quantityledgers');
      return !items.some(({ metadata }) => metadata.name === name);
    });
  });

  test('without selectors all namespaces count, but those of Kubernetes and the control plane', async () => {
    const namespace = await on.place();
    const name = freshName('all');
    const sources = [
      configMaps({ path: '.data.size', selectors: [{ matchLabels: { all: name } }] }),
    ];
    await on.quota('', { name, limit: '1', sources });
    expect((await on.status('', name)).namespaces).toEqual(['*']);
    const make = (at: string, size: string) =>
      on.create(at, size, { labels: { all: name }, user: {} });
    await eventually('it is held', async () => {
      expect(await make(namespace, '2')).toContain(`GlobalCustomQuota "${name}"`);
      expect(await make('default', '2')).toContain(`GlobalCustomQuota "${name}"`);
      return true;
    });
    expect(await make('kube-system', '2')).toBeUndefined();
    expect(await make(home, '2')).toBeUndefined();
    expect(await make('default', '1')).toBeUndefined();
    await on.used('', '1', name);
    await on.plane.kubectlOk(['delete', 'globalcustomquota', name]);
  });
});

test('while every process is stopped, tenants wait and all else goes on; then it is counted', async () => {
  const namespace = await on.place();
  const name = freshName('offline');
  const labels = { offline: name };
  const sources = [configMaps({ path: '.data.size', selectors: [{ matchLabels: labels }] })];
  await on.quota(namespace, { limit: '4', sources });
  await on.quota('', { name, limit: '4', sources });
  const create = (at: string, size: string, user = on.owner as object) =>
    on.create(at, size, { labels, user });
  await eventually('both are held', async () => {
    expect(await create(namespace, '5')).toContain('CustomQuota');
    expect(await create('default', '5', {})).toContain(`GlobalCustomQuota "${name}"`);
    return true;
  });
  expect(await create(namespace, '1')).toBeUndefined();
  await on.plane.stopComponent();
  expect(await create(namespace, '1')).toMatch(/failed calling webhook/);
  const other = ['create', 'secret', 'generic', 'uncounted', '-n', namespace];
  expect((await on.plane.kubectl(other, on.owner)).code).toBe(0);
  expect(await create('default', '2', {})).toBeUndefined();
  await on.plane.startComponent();
  await on.used('', '3', name);
  await on.used(namespace, '1');
  await eventually('requests are answered again', async () => {
    expect(await create(namespace, '3')).toContain(`GlobalCustomQuota "${name}"`);
    return true;
  });
  expect(await create(namespace, '1')).toBeUndefined();
  await on.plane.kubectlOk(['delete', 'globalcustomquota', name]);
});
