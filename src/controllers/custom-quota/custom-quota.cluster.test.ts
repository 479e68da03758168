import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import {
  configMaps,
  sized,
  startCustomQuotaPlane,
  type CustomQuotaPlane,
} from '../../../test/support/custom-quotas.ts';
import { eventually } from '../../../test/support/eventually.ts';

let on: CustomQuotaPlane;
beforeAll(async () => {
  on = await startCustomQuotaPlane();
});
afterAll(() => on?.[Symbol.asyncDispose]());

const count = async (namespace: string) => {
  const { items = [] } = await on.plane.get('-n', namespace, 'configmaps', '-l', 'counted=yes');
  return items.length;
};

describe('a quota of a namespace', () => {
  test('counts what is there, and what is asked for; tells who uses what', async () => {
    const namespace = await on.place();
    expect(await on.create(namespace, '1', { name: 'first' })).toBeUndefined();
    await on.quota(namespace);
    const status = await on.status(namespace);
    expect(status).toMatchObject({
      usage: { used: '1', available: '2' },
      claims: [
        { group: '', version: 'v1', kind: 'ConfigMap', name: 'first', namespace, usage: '1' },
      ],
      targets: [
        { kind: 'ConfigMap', version: 'v1', op: 'add', path: '.data.size', scope: 'namespace' },
      ],
    });
    await on.refused(
      namespace,
      '2500m',
      /creating ConfigMap is beyond CustomQuota "quota": requested=2500m, used=1, reserved=0, available=2, limit=3/,
    );
    expect(await on.create(namespace, '2')).toBeUndefined();
    expect(await on.create(namespace, '1')).toContain('CustomQuota "quota"');
    await on.used(namespace, '3');
    await eventually('nothing is on its way', async () => {
      expect(await on.ledger(namespace)).toMatchObject({
        allocated: '3',
        reserved: '0',
        reservations: [],
      });
      return true;
    });
    await on.plane.kubectlOk(['-n', namespace, 'delete', 'configmap', 'first']);
    await on.used(namespace, '2');
    expect(await on.create(namespace, '1')).toBeUndefined();
  });

  test('holds updates as well, and lets go of what is no longer counted', async () => {
    const namespace = await on.place();
    await on.quota(namespace);
    await on.refused(namespace, '4', /CustomQuota "quota"/);
    expect(await on.create(namespace, '1', { name: 'map' })).toBeUndefined();
    const patch = (body: object) =>
      on.plane.kubectl(
        ['-n', namespace, 'patch', 'configmap', 'map', '--type=merge', '-p', JSON.stringify(body)],
        on.owner,
      );
    expect((await patch({ data: { size: '4' } })).stderr).toMatch(
      /updating ConfigMap is beyond.*requested=3/,
    );
    expect((await patch({ data: { size: '3' } })).code).toBe(0);
    await on.used(namespace, '3');
    expect((await patch({ metadata: { labels: { counted: 'no' } } })).code).toBe(0);
    await on.used(namespace, '0');
    expect(await on.create(namespace, '3')).toBeUndefined();
    expect((await patch({ metadata: { labels: { counted: 'yes' } } })).stderr).toContain(
      'is beyond',
    );
  });

  test('of a burst exactly as many are admitted as fit', async () => {
    const namespace = await on.place();
    await on.quota(namespace, { limit: '5' });
    await on.refused(namespace, '6', /CustomQuota "quota"/);
    const answers = await Promise.all(Array.from({ length: 14 }, () => on.create(namespace, '1')));
    const refusals = answers.filter((answer) => answer !== undefined);
    expect(refusals.every((answer) => /is beyond CustomQuota|is busy/.test(answer))).toBe(true);
    expect(await count(namespace)).toBe(14 - refusals.length);
    expect(await count(namespace)).toBe(5);
    await on.used(namespace, '5');
  });

  test('a dry run is weighed and leaves nothing', async () => {
    const namespace = await on.place();
    await on.quota(namespace);
    await on.refused(namespace, '4', /CustomQuota "quota"/);
    expect(await on.create(namespace, '3', { dryRun: true })).toBeUndefined();
    expect((await on.ledger(namespace)).reservations ?? []).toEqual([]);
  });

  test('adds, subtracts, counts, and is never less than nothing', async () => {
    const namespace = await on.place();
    const labelled = (tier: string) => [{ matchLabels: { tier } }];
    await on.quota(namespace, {
      limit: '4',
      sources: [
        sized({ matchLabels: { tier: 'more' } }),
        configMaps({ op: 'sub', path: '.data.size', selectors: labelled('less') }),
        configMaps({ op: 'count', selectors: labelled('one') }),
      ],
    });
    const make = (tier: string, size = '1') => on.create(namespace, size, { labels: { tier } });
    expect(await make('less', '5')).toBeUndefined();
    await on.used(namespace, '0');
    expect(await make('one')).toBeUndefined();
    await eventually('still nothing', async () => {
      const { claims = [], usage } = await on.status(namespace);
      expect(usage?.used).toBe('0');
      expect(claims.map((claim) => claim.usage).sort((a, b) => (a < b ? -1 : 1))).toEqual([
        '0',
        '1',
      ]);
      return true;
    });
    expect(await make('more', '7')).toContain('is beyond CustomQuota "quota"');
    expect(await make('more', '3')).toBeUndefined();
    await eventually('all three count', async () => {
      expect((await on.status(namespace)).claims).toHaveLength(3);
      return true;
    });
  });

  test('is written in CEL and selects by fields', async () => {
    const namespace = await on.place();
    await on.quota(namespace, {
      sources: [
        configMaps({
          cel: '[object.data.size, object.data.size].map(s, quantity(s))',
          selectors: [
            { fieldSelectors: ['.data.kind=double'], celExpressions: ["object.data.size != '0'"] },
          ],
        }),
      ],
    });
    const make = (size: string, kind = 'double', ...args: string[]) => {
      const metadata = { name: freshName('map'), namespace };
      const input = JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata,
        data: { size, kind },
      });
      return on.plane.kubectl(['create', '-f', '-', ...args], { input, ...on.owner });
    };
    await eventually('two are too many', async () => {
      expect((await make('2', 'double', '--dry-run=server')).stderr).toMatch(
        /requested=4.*limit=3/,
      );
      return true;
    });
    expect((await make('9', 'single')).code).toBe(0);
    expect((await make('1')).code).toBe(0);
    await on.used(namespace, '2');
    expect((await make('x')).stderr).toMatch(
      /cannot be counted by CustomQuota "quota": ConfigMap, cel .* fails/,
    );
  });

  test('of several the one with the least left refuses, of equals the first by name', async () => {
    const namespace = await on.place();
    await on.quota(namespace, { name: 'large', limit: '9' });
    await on.quota(namespace, { name: 'b', limit: '4' });
    await on.quota(namespace, { name: 'a', limit: '4' });
    await on.refused(namespace, '10', /CustomQuota "a"/);
    expect(await on.create(namespace, '1')).toBeUndefined();
    await Promise.all(['large', 'a', 'b'].map((name) => on.used(namespace, '1', name)));
    expect(await on.create(namespace, '4')).toMatch(/CustomQuota "a"/);
    await eventually('no entry is left of what was refused', async () => {
      expect((await on.ledger(namespace, 'large')).reservations).toEqual([]);
      return true;
    });
  });

  test('holds another scale, however it is asked for', async () => {
    const namespace = await on.place();
    await on.quota(namespace, {
      limit: 3,
      sources: [{ apiVersion: 'apps/v1', kind: 'Deployment', path: '.spec.replicas' }],
    });
    const labels = { app: 'web' };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: 'web', image: 'web' }] },
    };
    const spec = { replicas: 1, paused: true, selector: { matchLabels: labels }, template };
    const metadata = { name: 'web', namespace };
    await on.plane.apply([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }], on.owner);
    await on.used(namespace, '1');
    const patch = ['-n', namespace, 'patch', 'deployment', 'web', '--subresource=scale'];
    const ways = (replicas: number) => [
      ['-n', namespace, 'scale', 'deployment', 'web', `--replicas=${replicas}`],
      [...patch, '--type=merge', '-p', JSON.stringify({ spec: { replicas } })],
    ];
    for (const way of ways(4)) {
      await eventually('it is refused', async () => {
        const { stderr } = await on.plane.kubectl([...way, '--dry-run=server'], on.owner);
        return /updating Deployment is beyond CustomQuota "quota": requested=3/.test(stderr);
      });
    }
    for (const [index, way] of [...ways(2), ...ways(3)].entries()) {
      expect(await on.plane.kubectl(way, on.owner)).toMatchObject({ code: 0 });
      await on.used(namespace, index < 2 ? '2' : '3');
    }
  });

  test('counts what controllers of Kubernetes make', async () => {
    const namespace = await on.place();
    await on.quota(namespace, {
      limit: 2,
      sources: [{ apiVersion: 'v1', kind: 'Pod', op: 'count' }],
    });
    const labels = { app: 'web' };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: 'web', image: 'web' }] },
    };
    const spec = { replicas: 5, selector: { matchLabels: labels }, template };
    const metadata = { name: 'web', namespace };
    await on.plane.apply([{ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }], on.owner);
    await eventually('its controller is refused', async () => {
      const { items = [] } = await on.plane.get('-n', namespace, 'events');
      return items.some((event) =>
        String(event['message']).includes('is beyond CustomQuota "quota"'),
      );
    });
    await on.used(namespace, '2');
    const { items = [] } = await on.plane.get('-n', namespace, 'pods');
    expect(items).toHaveLength(2);
  });
});

test('while something is used, sources stay, and the limit covers it', async () => {
  const namespace = await on.place();
  await on.quota(namespace);
  expect(await on.create(namespace, '2')).toBeUndefined();
  await on.used(namespace, '2');
  await expect(on.quota(namespace, { limit: '1' })).rejects.toThrow(
    'spec.limit cannot be 1, which is less than what is used: 2',
  );
  const others = [configMaps({ op: 'count' })];
  await expect(on.quota(namespace, { sources: others })).rejects.toThrow(
    'spec.sources cannot be changed',
  );
  await on.quota(namespace, { limit: '2' });
  await on.refused(namespace, '1', /limit=2/);
});
