import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { ways, type WantedMetadata } from '../../../test/support/metadata-writes.ts';
import {
  createNamespace,
  referenceTo,
  writeNamespace,
} from '../../../test/support/namespace-writes.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { clusterRole, clusterRoleBinding } from '../../access/tenancy/ownership.ts';
import { capsuleGroup, tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { userIdentity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';

/**
 * Tenants, TenantOwners and configurations that cannot be acted on are refused when they are written; the
 * others count at once.
 */
let cluster: TenancyPlane;
beforeAll(async () => {
  cluster = await startTenancyPlane();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const apply = (kind: string, name: string, spec: object) =>
  cluster.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind,
      metadata: { name },
      spec,
    }),
  });

describe('a Tenant', () => {
  test.each<[object, RegExp]>([
    [
      { namespaceOptions: { forbiddenLabels: { deniedRegex: '(' } } },
      /unable to compile regex "\(" of spec\.namespaceOptions\.forbiddenLabels\.deniedRegex/,
    ],
    [{ ingressOptions: { allowedHostnames: { allowedRegex: '[' } } }, /unable to compile regex/],
    [{ owners: [{ kind: 'ServiceAccount', name: 'x' }] }, /system:serviceaccount:<namespace>/],
    [
      {
        additionalRoleBindings: [
          { clusterRoleName: 'view', subjects: [{ kind: 'ServiceAccount', name: 'a:b' }] },
        ],
      },
      /a ServiceAccount has a name and a namespace/,
    ],
    [
      { namespaceOptions: { additionalMetadata: { labels: { a: '{{ secrets }}' } } } },
      /only {{ tenant.name }} and {{ namespace }} are filled in/,
    ],
  ])('%j is refused', async (spec, message) => {
    const { code, stderr } = await apply('Tenant', freshName('bad'), spec);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  test('with a name that is none is refused', async () => {
    expect((await apply('Tenant', 'oil.rigs', {})).stderr).toMatch(/the name of a Tenant/);
  });

  test('with deprecated fields is taken, with a warning', async () => {
    const spec = { networkPolicies: { items: [] }, limitRanges: { items: [] } };
    const { code, stderr } = await apply('Tenant', freshName('old'), spec);
    expect(stderr).toContain('Warning: spec.networkPolicies is deprecated');
    expect(stderr).toContain('Warning: spec.limitRanges is deprecated');
    expect(code).toBe(0);
  });
});

test('a TenantOwner that is no account is refused', async () => {
  const { stderr } = await apply('TenantOwner', 'x', { kind: 'ServiceAccount', name: 'me' });
  expect(stderr).toContain('system:serviceaccount:<namespace>:<name>');
});

test.each<[object, string]>([
  [
    { nodeMetadata: { forbiddenLabels: { deniedRegex: '(' } } },
    'spec.nodeMetadata.forbiddenLabels.regex',
  ],
  [
    { nodeMetadata: { forbiddenAnnotations: { deniedRegex: '(' } } },
    'spec.nodeMetadata.forbiddenAnnotations.regex',
  ],
  [{ protectedNamespaceRegex: '(' }, 'spec.protectedNamespaceRegex'],
  [{ administrators: [{ kind: 'ServiceAccount', name: 'x' }] }, 'spec.administrators'],
])('a configuration with %j is refused, and told where', async (spec, path) => {
  const { stderr } = await apply('CapsuleConfiguration', freshName('other'), spec);
  expect(stderr).toContain(path);
});

const of = (tenant: string) => ({ labels: { [tenantLabel]: tenant } });
const as = (user: string) => cluster.admin.as(userIdentity(user, [cluster.group]));
const madeFor = async (owner: string) => {
  const name = freshName('new');
  await cluster.admin.create(Tenant.type, {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name },
    spec: { owners: [{ kind: 'User', name: owner }] },
  });
  return name;
};

describe('a Tenant made in the same breath', () => {
  test('takes the namespaces of administrators', async () => {
    for (let index = 0; index < 5; index++) {
      const name = await madeFor('nobody');
      const { code } = await createNamespace(cluster.admin, `${name}-1`, of(name));
      expect(code).toBe(201);
    }
  });

  test.each([
    ['with the label', of],
    ['without it', () => ({})],
  ])('takes its owner’s, %s, and nobody else’s', async (_, metadata) => {
    const owner = freshName('alice');
    const name = await madeFor(owner);
    const [own, foreign] = await Promise.all([
      createNamespace(as(owner), `${name}-1`, metadata(name)),
      createNamespace(as('bob'), `${name}-2`, of(name)),
    ]);
    expect(own).toMatchObject({ code: 201, made: { metadata: { labels: of(name).labels } } });
    const none = await createNamespace(as('bob'), `${name}-2`, of('nobodys'));
    expect(foreign.code).toBeGreaterThanOrEqual(400);
    expect(foreign).toEqual(none);
  });

  test('is waited for by who owns another one already', async () => {
    const owner = freshName('alice');
    await madeFor(owner);
    const name = await madeFor(owner);
    const { made } = await createNamespace(as(owner), `${name}-1`);
    expect(made?.metadata.labels?.[tenantLabel]).toBe(name);
  });
});

/** Owns two tenants; makes a namespace of one of them one of the other, or of both, in each way. */
const mover = freshName('mover');
let moved: { name: string; other: KubeObject };
async function staysInItsTenant() {
  const { name, other } = moved;
  const read = () => cluster.admin.get<KubeObject>(namespaceType, { name });
  const before = await read();
  const { labels = {}, ownerReferences: [own] = [] } = before.metadata;
  const second = referenceTo(other.metadata.name, other.metadata.uid);
  const attempts: WantedMetadata[] = [
    of(other.metadata.name),
    { ownerReferences: [second] },
    { ownerReferences: [{ ...own }, second] },
    { ...of(other.metadata.name), ownerReferences: [second] },
    { ...of(other.metadata.name), ownerReferences: [{ ...own }, second] },
  ];
  for (const way of ways) {
    for (const wanted of attempts) {
      // Refused, or done with the rest of what was written.
      const { code } = await writeNamespace(as(mover), before, { wanted, way });
      expect([200, 403]).toContain(code);
      const { metadata } = await read();
      expect(metadata.labels?.[tenantLabel]).toBe(labels[tenantLabel]);
      expect(metadata.ownerReferences).toMatchObject([own]);
    }
  }
}

test('a namespace stays in one tenant, whatever other its owner has', async () => {
  const [first, second] = [await madeFor(mover), await madeFor(mover)];
  moved = { name: `${first}-1`, other: await cluster.get('tenant', second) };
  const { made } = await createNamespace(as(mover), moved.name, of(first));
  expect(made?.metadata.ownerReferences).toMatchObject([{ name: first }]);
  await staysInItsTenant();
});

test('a protected Tenant is not deleted, with every process of ours stopped too', async () => {
  const name = freshName('kept');
  const [owner, group] = [freshName('owner'), freshName('group')];
  const [byUser, byGroup] = [
    { kind: 'User' as const, name: owner },
    { kind: 'Group' as const, name: group },
  ];
  // As far as RBAC goes, its owners may delete it.
  const verbs = ['delete', 'deletecollection'];
  await cluster.apply([
    clusterRole({ name }, [{ apiGroups: [capsuleGroup], resources: ['tenants'], verbs }]),
    clusterRoleBinding({ name }, [byUser, byGroup]),
  ]);
  const spec = { preventDeletion: true, owners: [byUser, byGroup] };
  expect(await apply('Tenant', name, spec)).toMatchObject({ code: 0 });
  const selected = `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
  const inOneRequest = `/apis/${capsuleGroup}/v1beta2/tenants?${selected}`;
  const attempts = [{}, { as: owner }, { as: freshName('member'), asGroups: [group] }].flatMap(
    (who) =>
      [
        ['tenant', name, '--wait=false'],
        ['--raw', inOneRequest],
      ].map((which) => () => cluster.kubectl(['delete', ...which], who)),
  );
  const refused = 'protected and cannot be deleted';
  const mayTry = () => Promise.all(attempts.map((attempt) => attempt()));
  await eventually('the roles are known', async () =>
    (await mayTry()).every(({ stderr }) => stderr.includes(refused)),
  );
  await cluster.stopComponent();
  for (const { code, stderr } of await mayTry()) {
    expect(stderr).toContain(refused);
    expect(code).toBe(1);
  }
  expect((await cluster.get('tenant', name)).metadata).not.toHaveProperty('deletionTimestamp');
});

test('a namespace stays in one tenant, with every process of ours stopped too', staysInItsTenant);
