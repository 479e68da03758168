import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  account,
  enabled,
  global,
  reconciler as sa,
  startBridgeWorld,
  tenantOf,
  tenantOwner,
  tenantWith,
  tokenIn,
  type BridgeWorld,
} from '../../../test/support/bridge-world.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { KubeObject } from '../../kube/object.ts';
import { readTokenClaims } from '../../kube/token-claims.ts';
import { parseKubeconfig } from '../../kube/kubeconfig-document.ts';

const hour = 3_600_000;
const managed = 'app.kubernetes.io/managed-by=capsule-addon-fluxcd';
let world: BridgeWorld;
beforeAll(async () => {
  world = await startBridgeWorld();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const everything = (home: string): [string, ...string[]][] => [
  ['clusterrole', `${home}-${sa}-impersonator`],
  ['clusterrolebinding', `${home}-${sa}-impersonator`],
  ['rolebinding', sa, '-n', home],
  ['secret', `${sa}-kubeconfig`, '-n', home],
];
const left = async (home: string) => {
  const found = await Promise.all(everything(home).map((args) => world.find(...args)));
  return found.filter(Boolean).map((object) => object?.kind);
};
const itemsOf = async (...args: string[]) =>
  ((await world.find(...args)) as { items?: KubeObject[] } | undefined)?.items ?? [];
/** All that have got a kubeconfig, and that with them. */
async function removeAccounts(): Promise<void> {
  const kubeconfigs = () => itemsOf('secrets', '-A', '-l', managed);
  for (const { metadata } of await kubeconfigs()) {
    const name = metadata.name.replace('-kubeconfig', '');
    const where = ['-n', metadata.namespace ?? '', 'delete', 'sa', '--ignore-not-found'];
    await world.plane.kubectlOk([...where, name]);
  }
  await eventually('nobody has any', async () => (await kubeconfigs()).length === 0);
}
const can = async (kubeconfig: string, ...args: string[]) =>
  (await world.as(kubeconfig, 'auth', 'can-i', ...args)).stdout.trim();

test('two accounts whose names make the same get a role each, at the same moment too', async () => {
  const base = await world.home();
  const other = `${base}-x`;
  await world.plane.kubectlOk(['create', 'namespace', other]);
  const [one, two] = [
    { namespace: other, name: 'y' },
    { namespace: base, name: 'x-y' },
  ];
  const joined = `${base}-x-y-impersonator`;
  await world.plane.apply([
    tenantOf(base.replace('home', 'oil'), `${other}:y`, `${base}:x-y`),
    ...[one, two].map(({ namespace, name }) => account(namespace, enabled, name)),
  ]);
  for (const { namespace, name } of [one, two]) {
    const kubeconfig = await world.issued(namespace, name);
    const user = `system:serviceaccount:${namespace}:${name}`;
    await eventually('it may be itself', async () => {
      return (await can(kubeconfig, 'impersonate', `users/${user}`)) === 'yes';
    });
  }
  const { items = [] } = (await world.find('clusterrole')) as { items?: KubeObject[] };
  const names = items
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith(joined));
  expect(names.toSorted()).toEqual([joined, expect.stringMatching(`^${joined}-[0-9a-f]{8}$`)]);
});

describe('an annotated owner', () => {
  test('gets what capsule-addon-fluxcd gives, by the same names', async () => {
    const { home } = await world.tenant();
    await world.plane.apply([account(home)]);
    const kubeconfig = await world.issued(home);
    const subjects = [{ kind: 'ServiceAccount', name: sa, namespace: home }];
    const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole' };
    const [impersonator, bound, admin] = await Promise.all(
      everything(home).map((args) => world.find(...args)),
    );
    expect(impersonator?.['rules']).toEqual([
      {
        apiGroups: [''],
        resources: ['users'],
        verbs: ['impersonate'],
        resourceNames: [`system:serviceaccount:${home}:${sa}`],
      },
    ]);
    const name = `${home}-${sa}-impersonator`;
    expect(bound).toMatchObject({ roleRef: { ...role, name }, subjects });
    expect(admin).toMatchObject({ roleRef: { ...role, name: 'cluster-admin' }, subjects });
    const document = parseKubeconfig(kubeconfig);
    expect(document.currentContext).toBe('default');
    expect([...document.contexts]).toEqual([
      ['default', { cluster: 'default', user: 'default', namespace: 'default' }],
    ]);
    const { server, caPem } = world.plane.plane;
    expect(document.clusters.get('default')).toEqual({
      server,
      certificateAuthorityData: Buffer.from(caPem).toString('base64'),
    });
    expect(await world.find('-n', home, 'secret', `${sa}-token`)).toBeUndefined();
    expect(await world.find('gtr')).toMatchObject({ items: [] });
  });

  test('owns its home and its tenant with the kubeconfig, and nothing of a neighbour', async () => {
    const [oil, gas] = [await world.tenant(), await world.tenant()];
    await world.plane.apply([account(oil.home)]);
    const kubeconfig = await world.issued(oil.home);
    await eventually('it owns its home', async () => {
      return (await can(kubeconfig, 'create', 'rolebindings', '-n', oil.home)) === 'yes';
    });
    const owns = (name: string) => can(kubeconfig, 'own', `tenants.capsule.clastix.io/${name}`);
    await eventually('it owns its tenant', async () => (await owns(oil.name)) === 'yes');
    expect(await owns(gas.name)).toBe('no');
    expect(await can(kubeconfig, 'get', 'secrets', '-n', gas.home)).toBe('no');
    const becomes = (home: string) =>
      can(kubeconfig, 'impersonate', `users/system:serviceaccount:${home}:${sa}`);
    await eventually('it may be itself', async () => (await becomes(oil.home)) === 'yes');
    expect(await becomes(gas.home)).toBe('no');
  });

  test('may be annotated first and named later, by the Tenant or by a TenantOwner', async () => {
    const [first, second] = [await world.home(), await world.home()];
    await world.plane.apply([account(first), account(second)]);
    const name = freshName('late');
    await world.plane.apply([tenantOf(name, `${first}:${sa}`)]);
    await world.issued(first);
    expect(await left(second)).toEqual([]);
    await world.plane.apply([tenantOwner(name, `${second}:${sa}`)]);
    await world.issued(second);
  });

  test('loses all of it with the annotation, with the tenant, and when it is deleted', async () => {
    const ends: [string, (home: string, name: string) => Promise<unknown>][] = [
      ['annotation', (home) => world.annotate(home, `${Object.keys(enabled)[0]}-`)],
      ['ownership', (_home, name) => world.plane.apply([tenantOf(name)])],
      ['account', (home) => world.plane.kubectlOk(['-n', home, 'delete', 'sa', sa])],
    ];
    for (const [what, end] of ends) {
      const { name, home } = await world.tenant();
      await world.plane.apply([account(home, global)]);
      await world.issued(home);
      const gtr = `${name}-${sa}-kubeconfig`;
      await eventually('its distribution is there', () => world.find('gtr', gtr));
      await end(home, name);
      await eventually(`all is gone with the ${what}`, async () => {
        return (await left(home)).length === 0 && !(await world.find('gtr', gtr));
      });
    }
  });

  test('finds what it lost, and what was changed, as it was', async () => {
    const { kubectlOk, apply } = world.plane;
    const { home } = await world.tenant();
    await apply([account(home)]);
    const before = await world.issued(home);
    const [role, , admin, secret] = everything(home);
    await kubectlOk(['delete', ...admin!]);
    await eventually('the binding is back', () => world.find(...admin!));
    const rules = '[{"op":"replace","path":"/rules/0/resourceNames","value":["admin"]}]';
    await kubectlOk(['patch', ...role!, '--type=json', '-p', rules]);
    await eventually('the role is as it was', async () =>
      JSON.stringify(await world.find(...role!)).includes(
        `["system:serviceaccount:${home}:${sa}"]`,
      ),
    );
    await kubectlOk(['patch', ...secret!, '--type=merge', '-p', '{"data":{"kubeconfig":""}}']);
    await eventually('it is filled', async () => Boolean(await world.kubeconfigOf(home)));
    await kubectlOk(['delete', ...secret!]);
    const after = await world.issued(home);
    expect(tokenIn(after)).not.toBe(tokenIn(before));
    await eventually('the token ended with its Secret', async () => {
      const { code, stderr } = await world.as(before, 'auth', 'whoami');
      return code !== 0 && /Unauthorized|logged in/.test(stderr);
    });
  });
});

test('what a Tenant declares to be deployed by owns it, without annotation or group', async () => {
  const { apply } = world.plane;
  const home = await world.home();
  const name = freshName('gas');
  const gitops = { namespace: home, serviceAccounts: [sa, 'second'] };
  await apply([account(home, {}), account(home, {}, 'second'), account(home, {}, 'third')]);
  await apply([tenantWith(name, { gitops: { ...gitops, distributeKubeconfigs: true } })]);
  const kubeconfig = await world.issued(home);
  await world.issued(home, 'second');
  const namespace = freshName('apps');
  await eventually('it creates a namespace of the tenant', async () => {
    const { code } = await world.as(kubeconfig, 'create', 'namespace', namespace);
    return code === 0;
  });
  const { metadata } = await world.plane.get('namespace', namespace);
  expect(metadata.labels).toMatchObject({ 'capsule.clastix.io/tenant': name });
  await eventually('it is distributed', async () => {
    return (await world.kubeconfigOf(namespace)) === kubeconfig;
  });
  expect(await world.kubeconfigOf(home, 'third')).toBeUndefined();
  await apply([tenantWith(name, { gitops: { ...gitops, serviceAccounts: ['second'] } })]);
  await eventually('one is declared no more', async () => {
    return (await left(home)).length === 0 && !(await world.kubeconfigOf(namespace));
  });
  expect(await world.kubeconfigOf(home, 'second')).toBeDefined();
});

describe('kubeconfigs', () => {
  test('are renewed before they end, and the old one stays good', async () => {
    const { home } = await world.tenant();
    await world.plane.apply([account(home)]);
    const before = await world.issued(home);
    const { issuedMs = 0, expiresMs = 0 } = readTokenClaims(tokenIn(before)) ?? {};
    expect(expiresMs - issuedMs).toBe(2 * hour);
    world.bridge.skip(1.3 * hour);
    await world.annotate(home, 'note=look');
    const after = await eventually('a new one', async () => {
      const found = await world.kubeconfigOf(home);
      return found !== before && found;
    });
    const [old, renewed] = [before, after].map((each) => readTokenClaims(tokenIn(each)));
    expect(renewed?.secretUid).toBe(old?.secretUid);
    for (const kubeconfig of [before, after]) {
      const { stdout } = await world.as(
        kubeconfig,
        'auth',
        'whoami',
        '-o',
        'jsonpath={..username}',
      );
      expect(stdout).toBe(`system:serviceaccount:${home}:${sa}`);
    }
  });

  test('follow the address and the authority of the proxy, with the token they have', async () => {
    const { home } = await world.tenant();
    await world.plane.apply([account(home)]);
    const before = await world.issued(home);
    const { server, caPem } = world.plane.plane;
    world.bridge.lead('https://proxy.example:9001', `${caPem}${caPem}`);
    const moved = await eventually('the new address', async () => {
      const found = await world.kubeconfigOf(home);
      return found?.includes('https://proxy.example:9001') && found;
    });
    expect(tokenIn(moved)).toBe(tokenIn(before));
    world.bridge.lead(server, caPem);
    await eventually('the old one', async () => (await world.kubeconfigOf(home)) === before);
  });

  test('with the second annotation are in every namespace of the tenant, and of no other', async () => {
    const [oil, gas] = [await world.tenant(), await world.tenant()];
    const apps = await world.plane.freshNamespace(oil.name);
    const others = await world.plane.freshNamespace(gas.name);
    await world.plane.apply([account(oil.home, global)]);
    const kubeconfig = await world.issued(oil.home);
    await eventually('it is there', async () => (await world.kubeconfigOf(apps)) === kubeconfig);
    const gtr = await world.find('gtr', `${oil.name}-${sa}-kubeconfig`);
    expect(gtr).toMatchObject({
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'capsule-addon-fluxcd' } },
      spec: { tenantSelector: { matchLabels: { 'kubernetes.io/metadata.name': oil.name } } },
    });
    expect(JSON.stringify(gtr)).not.toContain(tokenIn(kubeconfig));
    const later = await world.plane.freshNamespace(oil.name);
    await eventually('and later', async () => (await world.kubeconfigOf(later)) === kubeconfig);
    world.bridge.lead('https://proxy.example:9001', world.plane.plane.caPem);
    await eventually('and anew', async () => {
      return (await world.kubeconfigOf(later))?.includes('proxy.example');
    });
    world.bridge.lead(world.plane.plane.server, world.plane.plane.caPem);
    expect(await world.kubeconfigOf(others)).toBeUndefined();
    await world.annotate(oil.home, `${Object.keys(global)[1]}-`);
    await eventually('it is gone', async () => (await world.kubeconfigOf(apps)) === undefined);
    expect(await world.kubeconfigOf(oil.home)).toBeDefined();
  });

  test('that end while the API server is away are made anew when it is back', async () => {
    // By the token of another account it would find that its clock had been put forward.
    await removeAccounts();
    const { home } = await world.tenant();
    await world.plane.apply([account(home)]);
    const before = await world.issued(home);
    const { plane } = world.plane;
    await plane.stopApiServer();
    world.bridge.skip(3 * hour);
    world.bridge.requests.length = 0;
    // Has all accounts looked at.
    world.bridge.lead(plane.server, plane.caPem);
    await eventually('it is tried', async () => {
      return world.bridge.requests.some((request) => request.includes(`${home}/serviceaccounts`));
    });
    await plane.startApiServer();
    const after = await eventually('a new one', async () => {
      const found = await world.kubeconfigOf(home);
      return found !== undefined && found !== before && found;
    });
    const [old, renewed] = [before, after].map((each) => readTokenClaims(tokenIn(each)));
    expect(renewed?.secretUid).toBe(old?.secretUid);
    expect((await world.as(after, 'auth', 'whoami')).code).toBe(0);
    expect(world.bridge.told.filter((line) => line.startsWith(`${home}/`))).toEqual([]);
  });

  test('of an account that was made anew are made anew', async () => {
    const { home } = await world.tenant();
    await world.plane.apply([account(home)]);
    const before = await world.issued(home);
    await world.plane.kubectlOk(['-n', home, 'delete', 'sa', sa]);
    await world.plane.apply([account(home)]);
    await eventually('a good one', async () => {
      const found = await world.kubeconfigOf(home);
      if (found === undefined || found === before) return false;
      return (await world.as(found, 'auth', 'whoami')).code === 0;
    });
  });
});

test('an account costs six requests, and nothing when nothing differs', async () => {
  const needed = [
    'apply clusterrolebindings.rbac.authorization.k8s.io',
    'apply clusterroles.rbac.authorization.k8s.io',
    'apply rolebindings.rbac.authorization.k8s.io',
    'apply secrets',
    'patch secrets',
    'raw serviceaccounts/token',
  ];
  const first = await world.tenant();
  await world.plane.apply([account(first.home)]);
  await world.issued(first.home);
  // What other tests left to be done may come between.
  await eventually('no other request is made', async () => {
    const second = await world.tenant();
    world.bridge.requests.length = 0;
    await world.annotate(first.home, `note=${second.name}`);
    // What comes later has been looked at, so what came first has been as well.
    await world.plane.apply([account(second.home)]);
    await world.issued(second.home);
    const asked = world.bridge.requests
      .filter((request) => !/^(watch|list|get) /.test(request))
      .map((request) => request.replace(/\/.*(serviceaccounts)\/.*(\/token)$/, '$1$2'));
    return isDeepStrictEqual(asked.sort(), needed);
  });
});
