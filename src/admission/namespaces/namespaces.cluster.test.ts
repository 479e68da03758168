import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { WantedMetadata } from '../../../test/support/metadata-writes.ts';
import {
  attackNamespace,
  cells,
  createNamespace as create,
  referenceTo,
  writeNamespace,
} from '../../../test/support/namespace-writes.ts';
import { testSeed } from '../../../test/support/random.ts';
import { home, startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { systemClock } from '../../base/clock.ts';
import { concurrently } from '../../base/concurrently.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { serviceAccountIdentity, userIdentity, type Identity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { newMetadata } from '../../../test/support/generated-metadata.ts';
import { namespaceMetadataPolicy } from '../../access/namespaces/metadata-policy.ts';
import { clusterRole, clusterRoleBinding } from '../../access/tenancy/ownership.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { createReservations } from './reserve-namespace.ts';

const seed = testSeed();
/** Both rings around namespaces, on a cluster of its own. */
let cluster: TenancyPlane;
const [alice, bob, carol, dave] = ['alice', 'bob', 'carol', 'dave'];
/** alice owns oil and oil-rigs, bob owns gas, carol owns nothing; all are users of Capsule. */
/** Own gas as well: a group, and an account that lives in no tenant. */
const [gasTeam, gasRobot] = ['gas-team', serviceAccountIdentity('robots', 'gas')];
/** Nobody names it: it lives in a namespace of gas. */
const deployer = { as: 'system:serviceaccount:gas-works:deployer' };
const neighbours: (() => Identity)[] = [
  () => userIdentity(bob, [cluster.group]),
  () => userIdentity('member', [gasTeam]),
  () => gasRobot,
  () => serviceAccountIdentity('gas-works', 'deployer'),
];
const as = (user: string) => cluster.admin.as(userIdentity(user, [cluster.group]));

const read = (name: string) => cluster.admin.get<KubeObject>(namespaceType, { name });
const of = (tenant: string) => ({ labels: { [tenantLabel]: tenant } });

beforeAll(async () => {
  cluster = await startTenancyPlane({
    administrators: [{ kind: 'User', name: dave }],
    users: [
      { kind: 'Group', name: gasTeam },
      { kind: 'ServiceAccount', name: gasRobot.user },
    ],
  });
  const owned = (name: string) => ({ owners: [{ kind: 'User', name }] });
  await cluster.apply([
    // Whatever RBAC gives: every verb on every namespace and what is below it.
    clusterRole({ name: 'all-namespaces' }, [
      {
        apiGroups: [''],
        resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'],
        verbs: ['get', 'create', 'update', 'patch', 'delete'],
      },
    ]),
    clusterRoleBinding({ name: 'all-namespaces' }, [
      { kind: 'ServiceAccount', name: deployer.as },
      { kind: 'ServiceAccount', name: gasRobot.user },
      { kind: 'Group', name: cluster.group },
      { kind: 'Group', name: gasTeam },
      { kind: 'User', name: dave },
    ]),
  ]);
  await cluster.tenant('oil', {
    ...owned(alice),
    nodeSelector: { pool: 'oil' },
    namespaceOptions: { additionalMetadata: { labels: { team: '{{ tenant.name }}' } } },
  });
  await cluster.tenant('oil-rigs', owned(alice));
  await cluster.tenant('gas', {
    owners: [
      ...owned(bob).owners,
      { kind: 'Group', name: gasTeam },
      { kind: 'ServiceAccount', name: gasRobot.user },
    ],
  });
  await cluster.tenant('few', { ...owned('erin'), namespaceOptions: { quota: 3 } });
  await cluster.tenant('strict', {
    ...owned('frank'),
    namespaceOptions: {
      forbiddenLabels: { denied: ['secret'], deniedRegex: '^internal' },
      forbiddenAnnotations: { denied: [], deniedRegex: '(?i)SEC' },
      requiredMetadata: { labels: { cost: '^[0-9]+$' } },
    },
  });
  await cluster.tenant('managed', {
    ...owned('grace'),
    namespaceOptions: {
      managedMetadataOnly: true,
      additionalMetadata: { labels: { only: 'this' } },
    },
  });
  await cluster.namespace('gas-works', 'gas', bob);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

describe('a namespace without the label', () => {
  test('goes to the one tenant that its creator owns, with what the tenant says', async () => {
    const { code, message, made } = await create(as(bob), freshName('any'));
    expect({ code, message }).toEqual({ code: 201, message: '' });
    expect(made?.metadata.labels?.[tenantLabel]).toBe('gas');
    expect(made?.metadata.ownerReferences).toMatchObject([{ kind: 'Tenant', name: 'gas' }]);
  });

  test('goes to the tenant whose name it begins with, the longest of several', async () => {
    const rigs = await create(as(alice), freshName('oil-rigs'));
    expect(rigs.made?.metadata.labels?.[tenantLabel]).toBe('oil-rigs');
    const { made } = await create(as(alice), freshName('oil'));
    expect(made?.metadata.labels).toMatchObject({ [tenantLabel]: 'oil', team: 'oil' });
    expect(made?.metadata.annotations).toMatchObject({
      'scheduler.alpha.kubernetes.io/node-selector': 'pool=oil',
    });
  });

  test('is refused when several are meant, and when there is none', async () => {
    expect(await create(as(alice), freshName('any'))).toMatchObject({
      code: 403,
      message: expect.stringContaining('you own several tenants'),
    });
    expect(await create(as(carol), freshName('any'))).toMatchObject({
      code: 403,
      message: expect.stringContaining('you own no tenant'),
    });
  });
});

test('a tenant that exists and one that does not are refused in the same words', async () => {
  const [foreign, none] = [
    await create(as(bob), 'x-1', of('oil')),
    await create(as(bob), 'x-1', of('nobodys')),
  ];
  expect(foreign).toEqual(none);
  expect(foreign.code).toBe(400);
});

describe('administrators', () => {
  test('put namespaces anywhere, in part, and nowhere', async () => {
    const name = freshName('plain');
    await create(as(dave), name);
    expect((await read(name)).metadata.labels?.[tenantLabel]).toBeUndefined();
    const write = async (wanted: WantedMetadata) =>
      await writeNamespace(as(dave), await read(name), { wanted, way: 'merge', subresource: '' });
    await write({ labels: { [tenantLabel]: 'gas' } });
    expect((await read(name)).metadata.ownerReferences).toMatchObject([{ name: 'gas' }]);
    // Half a release is none.
    await write({ ownerReferences: null });
    expect((await read(name)).metadata.ownerReferences).toMatchObject([{ name: 'gas' }]);
    await write({ labels: { [tenantLabel]: 'oil' } });
    expect((await read(name)).metadata.ownerReferences).toMatchObject([{ name: 'oil' }]);
    await write({ labels: { [tenantLabel]: null }, ownerReferences: null });
    const { labels, ownerReferences = [] } = (await read(name)).metadata;
    expect([labels?.[tenantLabel], ownerReferences]).toEqual([undefined, []]);
  });

  test('by a role are administrators too: a fleet labels namespaces it makes', async () => {
    const fleet = cluster.admin.as(userIdentity('fleet'));
    await cluster.kubectlOk([
      'create',
      'clusterrolebinding',
      'fleet',
      '--clusterrole=cluster-admin',
      '--user=fleet',
    ]);
    const { made } = await eventually('it is one', async () => {
      const answer = await create(fleet, freshName('home'), of('gas'));
      return answer.code === 201 && answer;
    });
    expect(made?.metadata.ownerReferences).toMatchObject([{ name: 'gas' }]);
  });

  test('name no tenant that is not there', async () => {
    expect(await create(as(dave), freshName('x'), of('nobodys'))).toMatchObject({ code: 400 });
  });
});

describe('the quota of namespaces', () => {
  test('is held exactly, however many are created at once, in whatever replica', async () => {
    const erin = as('erin');
    const dryRuns = await Promise.all(
      Array.from({ length: 5 }, () =>
        erin.create(
          namespaceType,
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: freshName('few') } },
          { dryRun: true },
        ),
      ),
    );
    expect(dryRuns).toHaveLength(5);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => create(erin, freshName('few'))),
    );
    expect(answers.filter(({ code }) => code === 201)).toHaveLength(3);
    for (const { code } of answers.filter((answer) => answer.code !== 201)) expect(code).toBe(403);
    const { items } = await cluster.admin.list(namespaceType, {
      labelSelector: `${tenantLabel}=few`,
    });
    expect(items).toHaveLength(3);
  });

  test('is one for replicas that know nothing of each other', async () => {
    const name = freshName('shared');
    await cluster.tenant(name, { namespaceOptions: { quota: 4 } });
    const sources = { client: cluster.admin, clock: systemClock };
    const replicas = [1, 2, 3].map(() => createReservations(sources));
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const request = { tenant: name, name: `${name}-${index}`, dryRun: false };
        return await replicas[index % replicas.length]?.(request);
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'reserved')).toHaveLength(4);
    expect(outcomes.filter((outcome) => outcome === 'full')).toHaveLength(8);
  });
});

describe('a place in the quota', () => {
  test('is not held by a name that is taken, whoever asks for others meanwhile', async () => {
    const tenant = freshName('spare');
    await cluster.tenant(tenant, {
      owners: [{ kind: 'User', name: tenant }],
      namespaceOptions: { quota: 2 },
    });
    const ask = (name: string) => create(as(tenant), name, of(tenant));
    await eventually('its owner is known', async () => {
      const { code, message } = await ask('gas-works');
      return code === 409 && message.includes('namespaces "gas-works" already exists');
    });
    const [foreign, own] = await Promise.all([
      Promise.all(['gas-works', 'default', 'gas-works'].map(ask)),
      Promise.all(Array.from({ length: 5 }, () => ask(freshName(tenant)))),
    ]);
    expect(foreign.map(({ code }) => code)).toEqual([409, 409, 409]);
    expect(own.filter(({ code }) => code === 201)).toHaveLength(2);
    expect(own.filter(({ code }) => code === 403)).toHaveLength(3);
  });

  test('is free again when no request can be under way that it was held for', async () => {
    const tenant = freshName('held');
    await cluster.tenant(tenant, { namespaceOptions: { quota: 1 } });
    let ahead = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + ahead };
    const reserve = createReservations({ client: cluster.admin, clock });
    const request = (name: string) => ({ tenant, name: `${tenant}-${name}`, dryRun: false });
    expect(await reserve(request('refused-by-another-webhook'))).toBe('reserved');
    expect(await reserve(request('b'))).toBe('full');
    ahead = 70_000;
    expect(await reserve(request('b'))).toBe('reserved');
  });
});

test('a refusal is told as an Event, with who was refused', async () => {
  await create(as(carol), 'told', of('gas'));
  await eventually('the event is there', async () => {
    const { items = [] } = await cluster.get('events.events.k8s.io', '-n', 'default');
    return items.some(
      (event) =>
        event['reportingController'] === 'controller.projectcapsule.dev' &&
        event['action'] === 'ValidationDenied' &&
        (event['regarding'] as { name: string }).name === 'told' &&
        event.metadata.annotations?.['audit.projectcapsule.dev/user'] === carol,
    );
  });
});

describe('what a tenant says about metadata', () => {
  const frank = () => as('frank');
  test(`holds for new namespaces (TENANTRY_SEED=${seed})`, async () => {
    const { spec } = Tenant.decode(await cluster.get('tenant', 'strict'));
    const policy = namespaceMetadataPolicy({ spec }, { labels: {}, annotations: {} });
    const refusals = [
      'the tenant requires certain labels on its namespaces, with certain values',
      ...['labels', 'annotations'].map((of) => `some ${of} are marked as forbidden by the tenant`),
    ];
    const cases = policy ? newMetadata(policy, { refusals, seed }) : [];
    await concurrently(cases, 4, async ({ metadata, refusal }) => {
      const { code, message } = await create(frank(), freshName('s'), metadata, { dryRun: true });
      const refused = [403, expect.stringContaining(refusal ?? '')];
      expect([code, message]).toEqual(refusal === undefined ? [201, ''] : refused);
    });
    expect(cases.length).toBeGreaterThan(40);
  });

  test('holds for changes, in both rings', async () => {
    const name = freshName('s');
    expect(await create(frank(), name, { labels: { cost: '12' } })).toMatchObject({ code: 201 });
    const write = async (labels: Record<string, string | null>) =>
      await writeNamespace(frank(), await read(name), { wanted: { labels }, way: 'merge' });
    expect(await write({ secret: 'x' })).toMatchObject({ code: 403 });
    expect(await write({ cost: null })).toMatchObject({ code: 403 });
    expect(await write({ cost: '13', own: 'fine' })).toMatchObject({ code: 200 });
  });

  test('replaces what others write where only managed metadata is wanted', async () => {
    const { made, message } = await create(as('grace'), freshName('m'), { labels: { own: 'x' } });
    expect(message).toBe('');
    expect(made?.metadata.labels).toMatchObject({ only: 'this' });
    expect(made?.metadata.labels).not.toHaveProperty('own');
  });
});

test('an owner’s own tampering is undone, and the rest of its write is taken', async () => {
  const name = freshName('gas');
  await create(as(bob), name);
  const wanted = { labels: { [tenantLabel]: null, own: 'x' }, ownerReferences: null };
  const write = { wanted, way: 'merge', subresource: '' } as const;
  expect(await writeNamespace(as(bob), await read(name), write)).toMatchObject({ code: 200 });
  const { labels, ownerReferences } = (await read(name)).metadata;
  expect(labels).toMatchObject({ [tenantLabel]: 'gas', own: 'x' });
  expect(ownerReferences).toMatchObject([{ name: 'gas' }]);
});

describe.each(['with', 'without'])('%s processes of ours', (mode) => {
  const targets = ['oil-home', 'plain', 'default', 'kube-system', home];
  beforeAll(async () => {
    if (mode === 'with') {
      await create(as(dave), 'plain');
      await create(as(alice), 'oil-home');
      await eventually('the accounts of gas are known', async () => {
        const label = ['label', 'ns', home, 'own=x', '--dry-run=server'];
        return (await cluster.kubectl(label, deployer)).stderr.includes('no tenant of yours');
      });
      return;
    }
    await cluster.stopComponent();
  });

  test.each(cells)('a neighbour gets nowhere by %s %s', async (way, subresource) => {
    const owners = neighbours.map((who) => who());
    const strangers = [...owners, userIdentity(carol, [cluster.group])];
    const cell = { tenant: 'gas', way, subresource };
    // Over the cells, each of them makes each attack on each target.
    const nth = cells.findIndex(([a, b]) => a === way && b === subresource);
    const through = await Promise.all([
      ...targets.map((name, index) =>
        attackNamespace(cluster.admin, name, { ...cell, by: strangers, first: nth + index }),
      ),
      attackNamespace(cluster.admin, 'gas-works', { ...cell, by: strangers.slice(-1) }),
    ]);
    expect(through.flat()).toEqual([]);
  });

  test('nobody squats', async () => {
    for (const user of [carol, alice]) {
      const { code } = await create(as(user), freshName('squat'));
      expect(code).toBe(403);
    }
    expect((await create(as(carol), freshName('x'), of('gas'))).code).not.toBe(201);
    expect(
      (await create(as(carol), freshName('x'), { ownerReferences: [referenceTo('gas')] })).code,
    ).toBe(403);
    // Neither names a tenant, and so neither makes it one of a tenant.
    const foreign = { ...referenceTo('gas'), apiVersion: 'example.com/v1' };
    for (const metadata of [of(''), { ownerReferences: [foreign] }]) {
      expect((await create(as(carol), freshName('x'), metadata)).code).toBe(403);
    }
  });

  test('an account that lives in a tenant is one of its users, wherever it may write', async () => {
    for (const name of targets) {
      const { code, stderr } = await cluster.kubectl(['label', 'ns', name, 'own=x'], deployer);
      expect(stderr).toMatch(/belongs to no tenant of yours|only the owners of a tenant/);
      expect(code).toBe(1);
    }
    const { stderr } = await cluster.kubectl(['create', 'namespace', freshName('x')], deployer);
    expect(stderr).toMatch(/you own no tenant|namespaces of your tenants only/);
  });

  test('an administrator of the cluster does as before', async () => {
    const { code } = await create(cluster.admin, freshName('platform'), { labels: { a: 'b' } });
    expect(code).toBe(201);
    await cluster.kubectlOk(['label', 'namespace', 'kube-system', `seen=${mode}`, '--overwrite']);
  });
});

test('an owner still creates namespaces while every process is stopped, with the label', async () => {
  await cluster.stopComponent();
  expect(await create(as(bob), freshName('gas'), of('gas'))).toMatchObject({
    code: 201,
    message: '',
  });
  // What a tenant requires is known to the webhook.
  expect(await create(as('frank'), freshName('s'), of('strict'))).toMatchObject({
    code: 403,
    message: expect.stringContaining('cannot be checked now'),
  });
  // How many there are is counted by the webhook, and so waits for it.
  expect(await create(as('erin'), freshName('few'), of('few'))).not.toMatchObject({ code: 201 });
});
