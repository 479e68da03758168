import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installBridge, startBridge, type Bridge } from '../../../test/support/bridge-harness.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import type { KubeObject } from '../../kube/object.ts';
import { readTokenClaims } from '../../kube/token-claims.ts';
import { parseKubeconfig, selectContext } from '../../kube/kubeconfig-document.ts';

const enabled = 'capsule.addon.fluxcd/enabled';
const global = 'capsule.addon.fluxcd/kubeconfig-global';
const sa = 'gitops-reconciler';

let plane: TenancyPlane;
let bridge: Bridge;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bridge-'));
  const templates = { execute: () => Promise.reject(new Error('there are no templates')) };
  plane = await startTenancyPlane({}, freshName('config'), { templates });
  await installBridge(plane);
  bridge = await startBridge(plane);
});
afterAll(async () => {
  await bridge?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const account = (namespace: string, annotations: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: sa, namespace, annotations },
});
const tenant = (name: string, homes: readonly string[], more: object = {}) => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'Tenant',
  metadata: { name },
  spec: {
    owners: homes.map((home) => ({
      kind: 'ServiceAccount',
      name: `system:serviceaccount:${home}:${sa}`,
    })),
    ...more,
  },
});

/** A home namespace that is no tenant's, and its tenant, without the account. */
async function world() {
  const name = freshName('oil');
  const home = `${name}-system`;
  await plane.kubectlOk(['create', 'namespace', home]);
  await plane.apply([tenant(name, [home])]);
  return { name, home };
}

const find = async (...args: string[]): Promise<KubeObject | undefined> => {
  const { code, stdout } = await plane.kubectl(['get', ...args, '-o', 'json']);
  return code === 0 ? (JSON.parse(stdout) as KubeObject) : undefined;
};
const kubeconfigOf = async (home: string): Promise<string | undefined> => {
  const secret = await find('-n', home, 'secret', `${sa}-kubeconfig`);
  const data = secret?.['data'] as Record<string, string> | undefined;
  const encoded = data?.['kubeconfig'];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
};
const issued = (home: string) => eventually(`the kubeconfig in ${home}`, () => kubeconfigOf(home));
const tokenIn = (kubeconfig: string) => selectContext(parseKubeconfig(kubeconfig)).user.token ?? '';
/** As whoever holds the kubeconfig. */
async function as(kubeconfig: string, ...args: string[]) {
  const file = path.join(folder, freshName('kubeconfig'));
  await writeFile(file, kubeconfig);
  return await plane.kubectl(args, { kubeconfig: file });
}
const everything = (home: string): [string, ...string[]][] => [
  ['clusterrole', `${home}-${sa}-impersonator`],
  ['clusterrolebinding', `${home}-${sa}-impersonator`],
  ['rolebinding', sa, '-n', home],
  ['secret', `${sa}-kubeconfig`, '-n', home],
];
const left = async (home: string) => {
  const found = await Promise.all(everything(home).map((args) => find(...args)));
  return found.filter(Boolean).map((object) => object?.kind);
};
const annotate = (home: string, ...annotations: string[]) =>
  plane.kubectlOk(['-n', home, 'annotate', '--overwrite', 'sa', sa, ...annotations]);

describe('an annotated owner', () => {
  test('gets what capsule-addon-fluxcd gives, by the same names', async () => {
    const { home } = await world();
    await plane.apply([account(home, { [enabled]: 'true' })]);
    const kubeconfig = await issued(home);
    const subjects = [{ kind: 'ServiceAccount', name: sa, namespace: home }];
    const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole' };
    const [impersonator, bound, admin] = await Promise.all(
      everything(home).map((args) => find(...args)),
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
    expect(document.clusters.get('default')).toEqual({
      server: plane.plane.server,
      certificateAuthorityData: Buffer.from(plane.plane.caPem).toString('base64'),
    });
    expect(await find('-n', home, 'secret', `${sa}-token`)).toBeUndefined();
    expect(await find('gtr', '-o', 'name')).toMatchObject({ items: [] });
  });

  test('owns its home and its tenant with the kubeconfig, and nothing of a neighbour', async () => {
    const [oil, gas] = [await world(), await world()];
    await plane.apply([account(oil.home, { [enabled]: 'true' })]);
    const kubeconfig = await issued(oil.home);
    const can = async (...args: string[]) =>
      (await as(kubeconfig, 'auth', 'can-i', ...args)).stdout.trim();
    expect(await can('create', 'rolebindings', '-n', oil.home)).toBe('yes');
    await eventually('it owns its tenant', async () => {
      return (await can('own', `tenants.capsule.clastix.io/${oil.name}`)) === 'yes';
    });
    expect(await can('own', `tenants.capsule.clastix.io/${gas.name}`)).toBe('no');
    expect(await can('get', 'secrets', '-n', gas.home)).toBe('no');
    const users = (who: string) => can('impersonate', `users/system:serviceaccount:${who}`);
    expect(await users(`${oil.home}:${sa}`)).toBe('yes');
    expect(await users(`${gas.home}:${sa}`)).toBe('no');
  });

  test('may be annotated first and named later, by the Tenant or by a TenantOwner', async () => {
    const name = freshName('late');
    const homes = [`${name}-a`, `${name}-b`];
    for (const home of homes) {
      await plane.kubectlOk(['create', 'namespace', home]);
      await plane.apply([account(home, { [enabled]: 'true' })]);
    }
    const [first = '', second = ''] = homes;
    await plane.apply([tenant(name, [first])]);
    await issued(first);
    expect(await left(second)).toEqual([]);
    await plane.apply([
      {
        apiVersion: 'capsule.clastix.io/v1beta2',
        kind: 'TenantOwner',
        metadata: { name, labels: { 'projectcapsule.dev/tenant': name } },
        spec: { kind: 'ServiceAccount', name: `system:serviceaccount:${second}:${sa}` },
      },
    ]);
    await issued(second);
  });

  test('loses all of it with the annotation, with the tenant, and when it is deleted', async () => {
    const ends: [string, (home: string, name: string) => Promise<unknown>][] = [
      ['annotation', (home) => annotate(home, `${enabled}-`)],
      ['ownership', (_home, name) => plane.apply([tenant(name, [], { owners: [] })])],
      ['account', (home) => plane.kubectlOk(['-n', home, 'delete', 'sa', sa])],
    ];
    for (const [what, end] of ends) {
      const { name, home } = await world();
      await plane.apply([account(home, { [enabled]: 'true', [global]: 'true' })]);
      await issued(home);
      const gtr = `${name}-${sa}-kubeconfig`;
      await eventually('its distribution is there', () => find('gtr', gtr));
      await end(home, name);
      await eventually(`all is gone with the ${what}`, async () => {
        return (await left(home)).length === 0 && !(await find('gtr', gtr));
      });
    }
  });

  test('finds what it lost, and what was changed, as it was', async () => {
    const { home } = await world();
    await plane.apply([account(home, { [enabled]: 'true' })]);
    const before = await issued(home);
    const [role, , admin, secret] = everything(home);
    await plane.kubectlOk(['delete', ...admin!]);
    await eventually('the binding is back', () => find(...admin!));
    const rules = '[{"op":"replace","path":"/rules/0/resourceNames","value":["admin"]}]';
    await plane.kubectlOk(['patch', ...role!, '--type=json', '-p', rules]);
    await eventually('the role is as it was', async () =>
      JSON.stringify(await find(...role!)).includes(`["system:serviceaccount:${home}:${sa}"]`),
    );
    await plane.kubectlOk([
      'patch',
      ...secret!,
      '--type=merge',
      '-p',
      '{"data":{"kubeconfig":""}}',
    ]);
    await eventually('the kubeconfig is filled', async () => Boolean(await kubeconfigOf(home)));
    await plane.kubectlOk(['delete', ...secret!]);
    const after = await issued(home);
    expect(tokenIn(after)).not.toBe(tokenIn(before));
    await eventually('the token ended with its Secret', async () => {
      const { code, stderr } = await as(before, 'auth', 'whoami');
      return code !== 0 && /Unauthorized|logged in/.test(stderr);
    });
  });
});

describe('kubeconfigs', () => {
  test('are renewed before they end, and the old one stays good', async () => {
    const { home } = await world();
    await plane.apply([account(home, { [enabled]: 'true' })]);
    const before = await issued(home);
    const { issuedMs = 0, expiresMs = 0 } = readTokenClaims(tokenIn(before)) ?? {};
    expect(expiresMs - issuedMs).toBe(2 * 3_600_000);
    await annotate(home, 'note=nothing-is-due');
    await annotate(home, 'note=still-nothing');
    bridge.skip(1.3 * 3_600_000);
    await annotate(home, 'note=look');
    const after = await eventually('a new one', async () => {
      const found = await kubeconfigOf(home);
      return found !== before && found;
    });
    const renewed = readTokenClaims(tokenIn(after));
    expect(renewed?.secretUid).toBe(readTokenClaims(tokenIn(before))?.secretUid);
    for (const kubeconfig of [before, after]) {
      const { stdout } = await as(kubeconfig, 'auth', 'whoami', '-o', 'jsonpath={..username}');
      expect(stdout).toBe(`system:serviceaccount:${home}:${sa}`);
    }
  });

  test('follow the address and the authority of the proxy, with the token they have', async () => {
    const { home } = await world();
    await plane.apply([account(home, { [enabled]: 'true' })]);
    const before = await issued(home);
    const { server, caPem } = plane.plane;
    bridge.lead('https://proxy.example:9001', `${caPem}${caPem}`);
    const moved = await eventually('the new address', async () => {
      const found = await kubeconfigOf(home);
      return found?.includes('https://proxy.example:9001') && found;
    });
    expect(tokenIn(moved)).toBe(tokenIn(before));
    bridge.lead(server, caPem);
    await eventually('the old address', async () => (await kubeconfigOf(home)) === before);
  });

  test('with the second annotation are in every namespace of the tenant, and of no other', async () => {
    const [oil, gas] = [await world(), await world()];
    const [apps, others] = [
      await plane.freshNamespace(oil.name),
      await plane.freshNamespace(gas.name),
    ];
    await plane.apply([account(oil.home, { [enabled]: 'true', [global]: 'true' })]);
    const kubeconfig = await issued(oil.home);
    await eventually('it is there', async () => (await kubeconfigOf(apps)) === kubeconfig);
    const gtr = await find('gtr', `${oil.name}-${sa}-kubeconfig`);
    expect(gtr).toMatchObject({
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'capsule-addon-fluxcd' } },
      spec: { tenantSelector: { matchLabels: { 'kubernetes.io/metadata.name': oil.name } } },
    });
    expect(JSON.stringify(gtr)).not.toContain(tokenIn(kubeconfig));
    const later = await plane.freshNamespace(oil.name);
    await eventually('and later', async () => (await kubeconfigOf(later)) === kubeconfig);
    expect(await kubeconfigOf(others)).toBeUndefined();
    await annotate(oil.home, `${global}-`);
    await eventually('it is gone', async () => (await kubeconfigOf(apps)) === undefined);
    expect(await kubeconfigOf(oil.home)).toBe(kubeconfig);
  });

  test('of an account that was made anew are made anew', async () => {
    const { home } = await world();
    await plane.apply([account(home, { [enabled]: 'true' })]);
    const before = await issued(home);
    await plane.kubectlOk(['-n', home, 'delete', 'sa', sa]);
    await plane.apply([account(home, { [enabled]: 'true' })]);
    await eventually('a good one', async () => {
      const found = await kubeconfigOf(home);
      if (found === undefined || found === before) return false;
      return (await as(found, 'auth', 'whoami')).code === 0;
    });
  });
});

test('nothing is asked of the API server when nothing differs', async () => {
  const { home } = await world();
  await plane.apply([account(home, { [enabled]: 'true' })]);
  await issued(home);
  const other = await world();
  bridge.requests.length = 0;
  await annotate(home, 'note=1');
  // What comes later has been looked at, so what came first has been as well.
  await plane.apply([account(other.home, { [enabled]: 'true' })]);
  await issued(other.home);
  const asked = bridge.requests.filter((request) => !/^(watch|list|get) /.test(request));
  // Of the other account alone: four objects, a token, and the kubeconfig it is in.
  expect(asked.sort()).toEqual([
    'apply clusterrolebindings.rbac.authorization.k8s.io',
    'apply clusterroles.rbac.authorization.k8s.io',
    'apply rolebindings.rbac.authorization.k8s.io',
    'apply secrets',
    'patch secrets',
    expect.stringMatching(/^raw .*\/serviceaccounts\/gitops-reconciler\/token$/),
  ]);
});
