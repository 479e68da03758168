import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { ResourcePool, type ResourcePoolStatus } from '../../api/capsule/resource-pool.ts';
import { secretType } from '../../kube/core-resources.ts';
import type { ObjectKey } from '../../kube/object.ts';

const name = freshName('pool');
const other = freshName('other');
const [a, b, outside] = ['a', 'b', 'out'].map((suffix) => `${name}-${suffix}`) as [
  string,
  string,
  string,
];
const quota = `capsule-pool-${name}`;
const apiVersion = 'capsule.clastix.io/v1beta2';

let plane: TenancyPlane;
beforeAll(async () => {
  plane = await startTenancyPlane();
  await plane.apply([
    ...[a, b].map((namespace) => namespaceOf(namespace, { pool: name })),
    namespaceOf(outside, { pool: other }),
    pool(name, { secrets: 8, 'limits.memory': '4Gi' }),
    pool(other, { secrets: 100 }),
  ]);
});
afterAll(() => plane?.[Symbol.asyncDispose]());

function namespaceOf(named: string, labels: object) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: named, labels } };
}
function pool(named: string, hard: object, more: object = {}, config: object = {}) {
  const selectors = [{ matchLabels: { pool: named } }];
  const spec = { selectors, quota: { hard }, config: { defaultsZero: true, ...config }, ...more };
  return { apiVersion, kind: 'ResourcePool', metadata: { name: named }, spec };
}
function claim(namespace: string, named: string, amounts: object, of: string | undefined = name) {
  const spec = { claim: amounts, ...(of !== '' && { pool: of }) };
  return { apiVersion, kind: 'ResourcePoolClaim', metadata: { namespace, name: named }, spec };
}
const conditionsOf = async (namespace: string, named: string) => {
  const { status } = await plane.get('-n', namespace, 'resourcepoolclaim', named);
  const { conditions = [] } = (status ?? {}) as {
    conditions?: { type: string; status: string; reason: string; message: string }[];
  };
  return Object.fromEntries(
    conditions.map(({ type, status: is, reason, message }) => [type, { is, reason, message }]),
  );
};
const condition = (namespace: string, named: string, type: string, reason: string) =>
  eventually(`${named}: ${type} is ${reason}`, async () => {
    const found = (await conditionsOf(namespace, named))[type];
    return found?.reason === reason && found;
  });
const hardIn = async (namespace: string) => {
  const { status } = await plane.get('-n', namespace, 'resourcequota', quota);
  return (status as { hard?: Record<string, string> }).hard ?? {};
};
const allows = (namespace: string, secrets: string) =>
  eventually(`${secrets} secrets in ${namespace}`, async () => {
    return (await hardIn(namespace))['secrets'] === secrets;
  });
/** Undefined when it was created, otherwise what the user reads. */
const createSecret = async (namespace: string) => {
  const create = ['-n', namespace, 'create', 'secret', 'generic', freshName('s')];
  const { code, stderr } = await plane.kubectl(create);
  return code === 0 ? undefined : stderr;
};
/** So many can be created at the same moment, and none more. */
const holds = async (namespace: string, count: number) => {
  const tries = Array.from({ length: count + 2 }, () => createSecret(namespace));
  let made = (await Promise.all(tries)).filter((refusal) => refusal === undefined).length;
  // Native quota gives up when too many use it at once, and hears of its limits a moment later.
  await eventually(`${count} are there`, async () => {
    if (made < count && (await createSecret(namespace)) === undefined) made += 1;
    return made >= count;
  });
  expect(made).toBe(count);
  expect(await createSecret(namespace)).toContain('exceeded quota');
};

test('a namespace may use nothing of the pool without a claim', async () => {
  await allows(a, '0');
  expect(await hardIn(a)).toEqual({ secrets: '0', 'limits.memory': '0' });
  await holds(a, 0);
  await eventually('the pool says so', async () => {
    const { status } = await plane.get('resourcepool', name);
    expect(status).toMatchObject({ namespaces: [a, b], namespaceCount: 2, claimCount: 0 });
    return true;
  });
});

test('a claim gives its namespace what it claims, and nobody else', async () => {
  await plane.apply([claim(a, 'first', { secrets: 5 })]);
  await condition(a, 'first', 'Bound', 'Unused');
  await allows(a, '5');
  expect((await hardIn(b))['secrets']).toBe('0');
  await holds(a, 5);
  expect(await condition(a, 'first', 'Bound', 'InUse')).toMatchObject({ is: 'True' });
  const { status } = await plane.get('resourcepool', name);
  expect(status).toMatchObject({
    allocation: { used: { secrets: '5' }, available: { secrets: '3' } },
    claimCount: 1,
  });
});

test('a claim that names no pool gets one that has what it claims', async () => {
  await plane.apply([claim(b, 'any', { 'limits.memory': '1Gi' }, '')]);
  await condition(b, 'any', 'Exhausted', 'NoExhaustions');
  const { spec } = await plane.get('-n', b, 'resourcepoolclaim', 'any');
  expect(spec).toMatchObject({ pool: name });
});

test('claims at the same moment never get more than there is', async () => {
  const names = ['w', 'x', 'y', 'z'];
  await Promise.all(names.map((each) => plane.apply([claim(b, each, { secrets: 1 })])));
  await eventually('three fit', async () => {
    const { status } = await plane.get('resourcepool', name);
    const { allocation } = status as { allocation: { used: object } };
    return JSON.stringify(allocation.used).includes('"secrets":"8"');
  });
  await allows(b, '3');
  await holds(b, 3);
});

describe('a claim in use', () => {
  const patch = (body: object) =>
    plane.kubectl(
      `-n ${a} patch resourcepoolclaim first --type=merge -p`
        .split(' ')
        .concat(JSON.stringify(body)),
    );

  test.each([
    ['more', { claim: { secrets: 6 } }],
    ['less', { claim: { secrets: 1 } }],
    ['of something else', { claim: { secrets: null, 'limits.memory': '1Gi' } }],
    ['of another pool', { pool: other }],
  ])('cannot be changed: %s', async (_, spec) => {
    const { code, stderr } = await patch({ spec });
    expect([code, stderr]).toEqual([1, expect.stringContaining('cannot change the requested')]);
  });

  test('cannot be deleted, also with the component stopped', async () => {
    await plane.stopComponent();
    const inOneRequest = `/apis/${apiVersion}/namespaces/${a}/resourcepoolclaims`;
    for (const which of [
      ['-n', a, 'resourcepoolclaim', 'first'],
      ['-n', a, 'resourcepoolclaim', '--all'],
      ['--raw', inOneRequest],
    ]) {
      const { stderr } = await plane.kubectl(['delete', ...which]);
      expect(stderr).toContain('cannot delete the claim while it is used');
    }
    await plane.startComponent();
  });

  test('can be released; what is used stays taken until it is gone', async () => {
    expect(
      await patch({ metadata: { annotations: { 'projectcapsule.dev/release': 'true' } } }),
    ).toMatchObject({ code: 0 });
    await allows(a, '0');
    await condition(a, 'first', 'Bound', 'Unused');
    await plane.apply([claim(b, 'greedy', { secrets: 4 })]);
    const exhausted = await condition(b, 'greedy', 'Exhausted', 'PoolExhausted');
    expect(exhausted.message).toMatch(/^requested: secrets=4, available: secrets=\d$/);
    await plane.kubectlOk(['-n', a, 'delete', 'secrets', '--all']);
    await condition(b, 'greedy', 'Exhausted', 'NoExhaustions');
    await plane.kubectlOk(['-n', a, 'delete', 'resourcepoolclaim', 'first']);
  });
});

test('claims, deletions and sizes at the same moment never give more than there ever was', async () => {
  const { admin } = plane;
  const busy = freshName('busy');
  const places = [`${busy}-x`, `${busy}-y`] as const;
  const [x, y] = places;
  await plane.apply([
    ...places.map((namespace) => namespaceOf(namespace, { pool: busy })),
    pool(busy, { secrets: 6 }),
    ...places.map((namespace) => claim(namespace, 'first', { secrets: 3 }, busy)),
  ]);
  for (const namespace of places) await condition(namespace, 'first', 'Bound', 'Unused');
  const change = (key: ObjectKey, spec: object) => {
    const type = key.namespace === undefined ? ResourcePool.type : ResourcePoolClaim.type;
    const body = { spec: { ...spec } };
    return admin.patch(type, key, { type: 'merge', body });
  };
  const resize = (secrets: number) => change({ name: busy }, { quota: { hard: { secrets } } });
  /** Tries to use 8 in each namespace; refusals are answers. */
  const use = () =>
    Array.from({ length: 16 }, (_, index) => {
      const namespace = places[index % 2] ?? x;
      const metadata = { name: freshName('s'), namespace };
      return admin.create(secretType, { apiVersion: 'v1', kind: 'Secret', metadata });
    });
  await Promise.allSettled([
    admin.delete(ResourcePoolClaim.type, { namespace: x, name: 'first' }),
    change({ namespace: y, name: 'first' }, { claim: { secrets: 5 } }),
    resize(4),
    ...places.flatMap((namespace) =>
      [2, 4].map((secrets) => {
        const more = claim(namespace, `more-${secrets}`, { secrets }, busy);
        return admin.create(ResourcePoolClaim.type, more);
      }),
    ),
    ...use(),
    resize(8),
  ]);
  await resize(8);
  await eventually('everything is decided, and in force', async () => {
    const { metadata, ...found } = await plane.get('resourcepool', busy);
    const status = found['status'] as ResourcePoolStatus;
    const given = await Promise.all(
      places.map(async (namespace) => {
        const live = await plane.get('-n', namespace, 'resourcequota', `capsule-pool-${busy}`);
        const [spec, inForce] = [live['spec'], live['status']] as { hard: { secrets: string } }[];
        return spec?.hard.secrets === inForce?.hard.secrets ? Number(spec?.hard.secrets) : NaN;
      }),
    );
    const isSeen = status.observedGeneration === metadata.generation;
    return isSeen && given.reduce((a, b) => a + b) === Number(status.allocation?.used?.['secrets']);
  });
  await Promise.allSettled(use());
  const { items = [] } = await plane.get('secrets', '-A');
  const used = items.filter(({ metadata }) => metadata.namespace?.startsWith(busy));
  expect(used.length).toBeGreaterThan(2);
  expect(used.length).toBeLessThanOrEqual(8);
});

test('a claim may not ask for less than nothing, nor of what the pool does not have', async () => {
  const negative = await plane.kubectl(['create', '-f', '-'], {
    input: JSON.stringify(claim(a, 'negative', { secrets: '-5' })),
  });
  expect(negative.stderr).toContain('amounts may not be negative');
  await plane.apply([claim(a, 'unknown', { 'requests.cpu': 1 })]);
  expect(await condition(a, 'unknown', 'Ready', 'Failed')).toMatchObject({
    message: 'resources are not available: not in the pool: requests.cpu',
  });
});

test('the pool cannot have less than is claimed of it', async () => {
  const shrunk = await plane.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify(pool(name, { secrets: 1, 'limits.memory': '4Gi' })),
  });
  expect(shrunk.stderr).toContain('cannot have less of a resource than is claimed');
  const without = await plane.kubectl(['replace', '-f', '-'], {
    input: JSON.stringify(pool(name, { 'limits.memory': '4Gi' })),
  });
  expect(without.stderr).toContain('cannot have less of a resource than is claimed');
  await plane.apply([pool(name, { secrets: 9, 'limits.memory': '4Gi' })]);
});

test('a neighbour cannot claim from a pool that is not for it, nor learn that it is there', async () => {
  await plane.apply([
    claim(outside, 'stolen', { secrets: 1 }),
    claim(outside, 'guess', { secrets: 1 }, 'nothing-here'),
  ]);
  const { message } = await condition(outside, 'stolen', 'Ready', 'Failed');
  const guess = await condition(outside, 'guess', 'Ready', 'Failed');
  expect(message.replaceAll(name, '?')).toBe(guess.message.replaceAll('nothing-here', '?'));
});

test('the quota of a pool stays in the namespace of a tenant', async () => {
  const tenant = freshName('oil');
  await plane.tenant(tenant, { owners: [{ kind: 'User', name: 'alice' }] });
  const namespace = await plane.freshNamespace(tenant);
  await plane.apply([
    {
      ...pool(`${tenant}-pool`, { secrets: 2 }),
      spec: {
        ...pool('', { secrets: 2 }).spec,
        selectors: [{ matchLabels: { 'capsule.clastix.io/tenant': tenant } }],
      },
    },
  ]);
  const own = await eventually('the quota is there', () =>
    plane.get('-n', namespace, 'resourcequota', `capsule-pool-${tenant}-pool`),
  );
  await plane.kubectlOk(['annotate', 'tenant', tenant, 'reconcile.fluxcd.io/requestedAt=now']);
  await eventually('the tenant was looked at', async () => {
    const { status } = await plane.get('tenant', tenant);
    return JSON.stringify(status).includes('"lastHandledReconcileAt":"now"');
  });
  const after = await plane.get('-n', namespace, 'resourcequota', own.metadata.name);
  expect(after.metadata.uid).toBe(own.metadata.uid);
});

test('a restart counts what is claimed and used anew, and writes nothing', async () => {
  const before = await plane.get('resourcepool', name);
  const quotas = async () =>
    (await plane.get('resourcequotas', '-A')).items?.map(
      ({ metadata }) => metadata.resourceVersion,
    );
  const versions = await quotas();
  await plane.stopComponent();
  await plane.startComponent();
  await plane.apply([claim(b, 'after', { 'limits.memory': '1Gi' })]);
  await condition(b, 'after', 'Exhausted', 'NoExhaustions');
  const after = await plane.get('resourcepool', name);
  expect((after['status'] as { allocation: object }).allocation).toMatchObject({
    used: {
      secrets: (before['status'] as { allocation: { used: { secrets: string } } }).allocation.used
        .secrets,
    },
  });
  expect((await quotas())?.filter((version) => !versions?.includes(version))).toHaveLength(1);
});

test('ordered, an early claim that waits holds back later ones of the same resource', async () => {
  const ordered = freshName('ordered');
  const namespace = `${ordered}-a`;
  await plane.apply([
    namespaceOf(namespace, { pool: ordered }),
    pool(ordered, { secrets: 2, services: 2 }, {}, { orderedQueue: true }),
  ]);
  await plane.apply([claim(namespace, 'a-large', { secrets: 3 }, ordered)]);
  await condition(namespace, 'a-large', 'Exhausted', 'PoolExhausted');
  await plane.apply([
    claim(namespace, 'b-small', { secrets: 1 }, ordered),
    claim(namespace, 'c-other', { services: 1 }, ordered),
  ]);
  const queued = await condition(namespace, 'b-small', 'Exhausted', 'QueueExhausted');
  expect(queued.message).toBe('requested: secrets=1, queued: secrets=3');
  await condition(namespace, 'c-other', 'Exhausted', 'NoExhaustions');
  await plane.apply([pool(ordered, { secrets: 4, services: 2 }, {}, { orderedQueue: true })]);
  await condition(namespace, 'b-small', 'Exhausted', 'NoExhaustions');
});

describe('a pool that is deleted', () => {
  const deleted = async (deleteBoundResources: boolean) => {
    const going = freshName('going');
    await plane.apply([
      namespaceOf(`${going}-a`, { pool: going }),
      pool(going, { secrets: 2 }, {}, { deleteBoundResources }),
      claim(`${going}-a`, 'claim', { secrets: 1 }, going),
    ]);
    await condition(`${going}-a`, 'claim', 'Bound', 'Unused');
    await plane.kubectlOk(['delete', 'resourcepool', going, '--timeout=240s']);
    await eventually('its quota is gone', async () => {
      const { items } = await plane.get('-n', `${going}-a`, 'resourcequotas');
      return items?.length === 0;
    });
    return (await plane.get('-n', `${going}-a`, 'resourcepoolclaims')).items ?? [];
  };

  test('leaves its claims', async () => {
    const [left] = await deleted(false);
    expect(left).toBeDefined();
    await condition(left?.metadata.namespace ?? '', 'claim', 'Ready', 'Failed');
  });

  test('takes them along if it says so', async () => {
    expect(await deleted(true)).toEqual([]);
  });
});
