import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  account,
  enabled,
  reconciler as sa,
  startBridgeWorld,
  tenantOf,
  tenantWith,
  type BridgeWorld,
} from '../../../test/support/bridge-world.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { KubeObject } from '../../kube/object.ts';

/**
 * What a neighbour might try to get by the annotation, or by lying in wait with a name; and the ways
 * of capsule-addon-fluxcd that are to be asked for.
 */
let world: BridgeWorld;
beforeAll(async () => {
  world = await startBridgeWorld({ allowServiceAccountPromotion: true });
});
afterAll(() => world?.[Symbol.asyncDispose]());

const toldOf = (namespace: string, name = sa) =>
  world.bridge.told.filter((line) => line.startsWith(`${namespace}/${name}:`));
const isTold = (namespace: string, name = sa) =>
  eventually('it is told', async () => toldOf(namespace, name)[0]);
/** What came later has been looked at, so everything before has been as well. */
async function looked(): Promise<void> {
  const { home } = await world.tenant();
  await world.plane.apply([account(home)]);
  await world.issued(home);
}

describe('by the annotation', () => {
  test('an account that owns nothing gets nothing', async () => {
    const home = await world.home();
    await world.plane.apply([account(home)]);
    await looked();
    expect(await world.find('-n', home, 'rolebinding', sa)).toBeUndefined();
    expect(await world.find('-n', home, 'secret', `${sa}-kubeconfig`)).toBeUndefined();
  });

  test("an owner's account in a neighbour's namespace gets nothing, and says so", async () => {
    const [oil, gas] = [freshName('oil'), freshName('gas')];
    await world.plane.tenant(gas, {});
    const theirs = await world.plane.freshNamespace(gas);
    await world.plane.apply([account(theirs), tenantOf(oil, `${theirs}:${sa}`)]);
    const told = await isTold(theirs);
    expect(told).toContain('belongs to a tenant that the account does not own');
    expect(told).not.toContain(gas + "'");
    await looked();
    expect(await world.find('-n', theirs, 'rolebinding', sa)).toBeUndefined();
    expect(await world.kubeconfigOf(theirs)).toBeUndefined();
  });

  test('an account that a tenant promoted itself gets nothing', async () => {
    const oil = freshName('oil');
    await world.plane.tenant(oil, { owners: [{ kind: 'User', name: 'alice' }] });
    const apps = await world.plane.freshNamespace(oil);
    const promoted = account(apps);
    const labels = { 'owner.projectcapsule.dev/promote': 'true' };
    await world.plane.apply([{ ...promoted, metadata: { ...promoted.metadata, labels } }]);
    await eventually('it owns the tenant', async () =>
      JSON.stringify((await world.plane.get('tenant', oil))['status']).includes(`${apps}:${sa}`),
    );
    await looked();
    expect(await world.kubeconfigOf(apps)).toBeUndefined();
  });

  test('one of the cluster itself gets no role over the cluster', async () => {
    const oil = freshName('oil');
    const name = freshName('robot');
    await world.plane.apply([
      account('kube-system', enabled, name),
      tenantOf(oil, `kube-system:${name}`),
    ]);
    await isTold('kube-system', name);
    expect(await world.find('-n', 'kube-system', 'rolebinding', name)).toBeUndefined();
  });

  test('users of a tenant do not annotate what an administrator named', async () => {
    const oil = freshName('oil');
    const alice = freshName('alice');
    await world.plane.tenant(oil, { owners: [{ kind: 'User', name: alice }] });
    const apps = freshName('apps');
    await world.plane.namespace(apps, oil, alice);
    const robot = { kind: 'ServiceAccount', name: `system:serviceaccount:${apps}:${sa}` };
    const owners = [{ kind: 'User', name: alice }, robot];
    await world.plane.apply([account(apps, {}), tenantWith(oil, { owners })]);
    const annotate = ['-n', apps, 'annotate', 'sa', sa, 'capsule.addon.fluxcd/enabled=true'];
    const { code, stderr } = await world.plane.kubectl(annotate, {
      as: alice,
      asGroups: [world.plane.group],
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining('must be allowed to bind')]);
    await looked();
    expect(await world.kubeconfigOf(apps)).toBeUndefined();
  });
});

describe('names that are taken', () => {
  test.each<[string, (home: string) => KubeObject]>([
    [
      'secret',
      (home) => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `${sa}-kubeconfig`, namespace: home },
        stringData: { kubeconfig: 'mine' },
      }),
    ],
    [
      'rolebinding',
      (home) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: sa, namespace: home },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [],
      }),
    ],
    [
      'clusterrole',
      (home) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: `${home}-${sa}-impersonator` },
        rules: [],
      }),
    ],
  ])('a %s of somebody else stays as it is, and is told about', async (kind, objectIn) => {
    const home = await world.home();
    const theirs = objectIn(home);
    await world.plane.kubectlOk(['create', '-f', '-'], { input: JSON.stringify(theirs) });
    const { name, namespace } = theirs.metadata;
    const where = [kind, name, ...(namespace === undefined ? [] : ['-n', namespace])];
    const before = await world.find(...where);
    await world.plane.apply([tenantOf(home, `${home}:${sa}`), account(home)]);
    expect(await isTold(home)).toContain('was not made for the account');
    await world.plane.kubectlOk(['-n', home, 'delete', 'sa', sa]);
    await looked();
    expect(await world.find(...where)).toEqual(before);
    if (kind !== 'secret') return;
    // What stood in the way is gone: the next look makes it.
    await world.plane.kubectlOk(['delete', ...where]);
    await world.plane.apply([account(home)]);
    await world.issued(home);
  });

  test('what an administrator made by hand, just so, is left to them', async () => {
    const home = await world.home();
    const binding = ['rolebinding', sa, '-n', home];
    await world.plane.kubectlOk([
      'create',
      ...binding,
      '--clusterrole=cluster-admin',
      `--serviceaccount=${home}:${sa}`,
    ]);
    await world.plane.apply([tenantOf(home, `${home}:${sa}`), account(home)]);
    await world.issued(home);
    await world.plane.kubectlOk(['-n', home, 'delete', 'sa', sa]);
    await eventually(
      'the rest is gone',
      async () => (await world.kubeconfigOf(home)) === undefined,
    );
    expect(await world.find(...binding)).toBeDefined();
    expect(toldOf(home)).toEqual([]);
  });

  test('names that run together do not share a role', async () => {
    const stem = freshName('a');
    const [first, second] = [`${stem}-b`, stem];
    for (const home of [first, second]) await world.plane.kubectlOk(['create', 'namespace', home]);
    const accounts: [string, string][] = [
      [first, 'c'],
      [second, 'b-c'],
    ];
    for (const [home, name] of accounts) {
      await world.plane.apply([
        tenantOf(`${home}-t`, `${home}:${name}`),
        account(home, enabled, name),
      ]);
      await world.issued(home, name);
    }
    const role = await world.find('clusterrole', `${stem}-b-c-impersonator`);
    expect(JSON.stringify(role?.['rules'])).toContain(`${first}:c"`);
    expect(JSON.stringify(role?.['rules'])).not.toContain(`${second}:b-c"`);
  });
});

test('as capsule-addon-fluxcd does it: token Secrets, and homes that are part of their tenant', async () => {
  const rbac = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole' };
  await world.plane.apply([
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'home-references' },
      roleRef: { ...rbac, name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'tenantry-bridge', namespace: 'flux-system' }],
    },
  ]);
  await world.restartBridge({ legacyTokens: true, homeReference: true });
  const { name, home } = await world.tenant();
  await world.plane.apply([account(home)]);
  const kubeconfig = await world.issued(home);
  const secret = await world.find('-n', home, 'secret', `${sa}-token`);
  expect(secret).toMatchObject({ type: 'kubernetes.io/service-account-token' });
  const { token = '' } = (secret?.['data'] ?? {}) as Record<string, string>;
  expect(kubeconfig).toContain(Buffer.from(token, 'base64').toString());
  const { metadata } = await eventually('the home is part of the tenant', async () => {
    const found = await world.plane.get('namespace', home);
    return found.metadata.labels?.['capsule.clastix.io/tenant'] === name && found;
  });
  // As every namespace of a tenant has it: no controller's, whatever was sent.
  const uid = expect.any(String) as string;
  const apiVersion = 'capsule.clastix.io/v1beta2';
  expect(metadata.ownerReferences).toEqual([{ apiVersion, kind: 'Tenant', name, uid }]);
  await world.restartBridge();
  await world.annotate(home, 'note=look');
  await eventually('its token is short-lived now', async () => {
    const isGone = !(await world.find('-n', home, 'secret', `${sa}-token`));
    return isGone && (await world.kubeconfigOf(home)) !== undefined;
  });
});
