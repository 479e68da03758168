import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installBridge, startBridge, type Bridge } from '../../../test/support/bridge-harness.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import type { KubeObject } from '../../kube/object.ts';

/**
 * What a neighbour might try to get by the annotation, or by lying in wait with a name; and the ways
 * of capsule-addon-fluxcd that are to be asked for. One plane, one bridge at a time.
 */
const annotations = { 'capsule.addon.fluxcd/enabled': 'true' };
const sa = 'gitops-reconciler';

let plane: TenancyPlane;
let bridge: Bridge;

beforeAll(async () => {
  plane = await startTenancyPlane({ allowServiceAccountPromotion: true });
  await installBridge(plane);
  bridge = await startBridge(plane);
});
afterAll(async () => {
  await bridge?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

const account = (namespace: string, name = sa) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace, annotations },
});
const capsule = (kind: string, name: string, spec: object) => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind,
  metadata: { name },
  spec,
});
const ownedBy = (...accounts: string[]) => ({
  owners: accounts.map((each) => ({
    kind: 'ServiceAccount',
    name: `system:serviceaccount:${each}`,
  })),
});
const find = async (...args: string[]): Promise<KubeObject | undefined> => {
  const { code, stdout } = await plane.kubectl(['get', ...args, '-o', 'json']);
  return code === 0 ? (JSON.parse(stdout) as KubeObject) : undefined;
};
const kubeconfigOf = async (namespace: string, name = sa) => {
  const secret = await find('-n', namespace, 'secret', `${name}-kubeconfig`);
  return (secret?.['data'] as Record<string, string> | undefined)?.['kubeconfig'];
};
const issued = (namespace: string, name = sa) =>
  eventually(`a kubeconfig in ${namespace}`, () => kubeconfigOf(namespace, name));
async function freshHome(): Promise<string> {
  const name = freshName('home');
  await plane.kubectlOk(['create', 'namespace', name]);
  return name;
}
/** What came later has been looked at, so everything before has been as well. */
async function looked(): Promise<void> {
  const home = await freshHome();
  await plane.apply([capsule('Tenant', home, ownedBy(`${home}:${sa}`)), account(home)]);
  await issued(home);
}

describe('by the annotation', () => {
  test('an account that owns nothing gets nothing', async () => {
    const home = await freshHome();
    await plane.apply([account(home)]);
    await looked();
    expect(await find('-n', home, 'rolebinding', sa)).toBeUndefined();
    expect(await find('-n', home, 'secret', `${sa}-kubeconfig`)).toBeUndefined();
  });

  test("an owner's account in a neighbour's namespace gets nothing, and says so", async () => {
    const [oil, gas] = [freshName('oil'), freshName('gas')];
    await plane.tenant(gas, {});
    const theirs = await plane.freshNamespace(gas);
    await plane.apply([account(theirs), capsule('Tenant', oil, ownedBy(`${theirs}:${sa}`))]);
    const told = await eventually('it is told', async () =>
      bridge.told.find((line) => line.startsWith(`${theirs}/${sa}:`)),
    );
    expect(told).toContain('belongs to a tenant that the account does not own');
    expect(told).not.toContain(gas + "'");
    await looked();
    expect(await find('-n', theirs, 'rolebinding', sa)).toBeUndefined();
    expect(await kubeconfigOf(theirs)).toBeUndefined();
  });

  test('an account that a tenant promoted itself gets nothing', async () => {
    const oil = freshName('oil');
    await plane.tenant(oil, { owners: [{ kind: 'User', name: 'alice' }] });
    const apps = await plane.freshNamespace(oil);
    const promoted = account(apps);
    const labels = { 'owner.projectcapsule.dev/promote': 'true' };
    await plane.apply([{ ...promoted, metadata: { ...promoted.metadata, labels } }]);
    await eventually('it owns the tenant', async () =>
      JSON.stringify((await plane.get('tenant', oil))['status']).includes(`${apps}:${sa}`),
    );
    await looked();
    expect(await kubeconfigOf(apps)).toBeUndefined();
  });

  test('one of the cluster itself gets no role over the cluster', async () => {
    const oil = freshName('oil');
    const name = freshName('robot');
    await plane.apply([
      account('kube-system', name),
      capsule('Tenant', oil, ownedBy(`kube-system:${name}`)),
    ]);
    await eventually('it is told', async () =>
      bridge.told.some((line) => line.startsWith(`kube-system/${name}:`)),
    );
    expect(await find('-n', 'kube-system', 'rolebinding', name)).toBeUndefined();
  });

  test('users of a tenant do not annotate what an administrator named', async () => {
    const oil = freshName('oil');
    const alice = freshName('alice');
    await plane.tenant(oil, { owners: [{ kind: 'User', name: alice }] });
    const apps = freshName('apps');
    await plane.namespace(apps, oil, alice);
    const { annotations: _none, ...metadata } = account(apps).metadata;
    const owners = [{ kind: 'User', name: alice }, ...ownedBy(`${apps}:${sa}`).owners];
    await plane.apply([{ ...account(apps), metadata }, capsule('Tenant', oil, { owners })]);
    const annotate = ['-n', apps, 'annotate', 'sa', sa, 'capsule.addon.fluxcd/enabled=true'];
    const { code, stderr } = await plane.kubectl(annotate, { as: alice, asGroups: [plane.group] });
    expect([code, stderr]).toEqual([1, expect.stringContaining('must be allowed to bind')]);
    await looked();
    expect(await kubeconfigOf(apps)).toBeUndefined();
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
    const home = await freshHome();
    const theirs = objectIn(home);
    await plane.kubectlOk(['create', '-f', '-'], { input: JSON.stringify(theirs) });
    const { name, namespace } = theirs.metadata;
    const where = [kind, name, ...(namespace === undefined ? [] : ['-n', namespace])];
    const before = await find(...where);
    await plane.apply([capsule('Tenant', home, ownedBy(`${home}:${sa}`)), account(home)]);
    await eventually('it is told', async () =>
      bridge.told.some(
        (line) =>
          line.startsWith(`${home}/${sa}:`) && line.includes('was not made for the account'),
      ),
    );
    await plane.kubectlOk(['-n', home, 'delete', 'sa', sa]);
    await looked();
    expect(await find(...where)).toEqual(before);
    if (kind !== 'secret') return;
    // What stood in the way is gone: the next look makes it.
    await plane.kubectlOk(['delete', ...where]);
    await plane.apply([account(home)]);
    await issued(home);
  });

  test('what an administrator made by hand, just so, is left to them', async () => {
    const home = await freshHome();
    const binding = ['rolebinding', sa, '-n', home];
    await plane.kubectlOk([
      'create',
      ...binding,
      '--clusterrole=cluster-admin',
      `--serviceaccount=${home}:${sa}`,
    ]);
    await plane.apply([capsule('Tenant', home, ownedBy(`${home}:${sa}`)), account(home)]);
    await issued(home);
    await plane.kubectlOk(['-n', home, 'delete', 'sa', sa]);
    await eventually('the rest is gone', async () => (await kubeconfigOf(home)) === undefined);
    expect(await find(...binding)).toBeDefined();
    expect(bridge.told.filter((line) => line.startsWith(`${home}/`))).toEqual([]);
  });

  test('names that run together do not share a role', async () => {
    const stem = freshName('a');
    const [first, second] = [`${stem}-b`, stem];
    for (const home of [first, second]) await plane.kubectlOk(['create', 'namespace', home]);
    const accounts: [string, string][] = [
      [first, 'c'],
      [second, 'b-c'],
    ];
    for (const [home, name] of accounts) {
      await plane.apply([
        capsule('Tenant', `${home}-t`, ownedBy(`${home}:${name}`)),
        account(home, name),
      ]);
      await issued(home, name);
    }
    const role = await find('clusterrole', `${stem}-b-c-impersonator`);
    expect(JSON.stringify(role?.['rules'])).toContain(`${first}:c"`);
    expect(JSON.stringify(role?.['rules'])).not.toContain(`${second}:b-c"`);
    expect(bridge.told.some((line) => line.startsWith(`${second}/b-c:`))).toBe(true);
  });
});

test('as capsule-addon-fluxcd does it: token Secrets, and homes that are part of their tenant', async () => {
  await bridge[Symbol.asyncDispose]();
  await plane.apply([
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'home-references' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'cluster-admin',
      },
      subjects: [{ kind: 'ServiceAccount', name: 'tenantry-bridge', namespace: 'flux-system' }],
    },
  ]);
  bridge = await startBridge(plane, { legacyTokens: true, homeReference: true });
  const home = await freshHome();
  await plane.apply([capsule('Tenant', home, ownedBy(`${home}:${sa}`)), account(home)]);
  const kubeconfig = Buffer.from(await issued(home), 'base64').toString();
  const secret = await find('-n', home, 'secret', `${sa}-token`);
  expect(secret).toMatchObject({ type: 'kubernetes.io/service-account-token' });
  const { token = '' } = (secret?.['data'] ?? {}) as Record<string, string>;
  expect(kubeconfig).toContain(Buffer.from(token, 'base64').toString());
  const { metadata } = await eventually('the home is part of the tenant', async () => {
    const found = await plane.get('namespace', home);
    return found.metadata.labels?.['capsule.clastix.io/tenant'] === home && found;
  });
  expect(metadata.ownerReferences).toEqual([
    expect.objectContaining({ kind: 'Tenant', name: home, controller: true }),
  ]);
  await bridge[Symbol.asyncDispose]();
  bridge = await startBridge(plane);
  await plane.kubectlOk(['-n', home, 'annotate', 'sa', sa, 'note=look']);
  await eventually('its token is short-lived now', async () => {
    const isGone = !(await find('-n', home, 'secret', `${sa}-token`));
    return isGone && (await kubeconfigOf(home)) !== undefined;
  });
});
