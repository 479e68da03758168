import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  configMap,
  startReplicationHarness,
  type ReplicationHarness,
} from '../../../test/support/replication-harness.ts';
import {
  capsule,
  tenancyAccount,
  type HarnessTenant,
} from '../../../test/support/tenancy-harness.ts';

let harness: ReplicationHarness;
let oil: HarnessTenant;
let gas: HarnessTenant;
const platform = freshName('platform');
const serviceAccount = { name: 'replicator', namespace: platform };
beforeAll(async () => {
  harness = await startReplicationHarness();
  [oil, gas] = [await harness.tenant(2, { tier: 'gold' }), await harness.tenant(1)];
  await harness.kubectlOk(['create', 'namespace', platform]);
  await harness.kubectlOk(['-n', platform, 'create', 'serviceaccount', 'replicator']);
  const account = `--serviceaccount=${platform}:replicator`;
  const role = ['create', 'clusterrolebinding', platform, '--clusterrole=cluster-admin', account];
  await harness.kubectlOk(role);
});
afterAll(() => harness?.[Symbol.asyncDispose]());

async function replicate(resources: object[], more: object = {}): Promise<{ name: string }> {
  const key = { name: freshName('gtr') };
  const spec = { serviceAccount, resources, ...more };
  await harness.apply([capsule('GlobalTenantResource', key, spec)]);
  return key;
}
const gold = { tenantSelector: { matchLabels: { tier: 'gold' } } };

describe('a GlobalTenantResource', () => {
  test('copies into each namespace of the tenants it selects, as long as it selects them', async () => {
    const registry = freshName('registry');
    const secret = ['create', 'secret', 'generic', registry, '--from-literal=k=v'];
    await harness.kubectlOk(['-n', platform, ...secret]);
    const source = { apiVersion: 'v1', kind: 'Secret', name: registry, namespace: platform };
    const key = await replicate([{ namespacedItems: [source] }], gold);
    const status = await harness.settled(key, 'True');
    expect(status).toMatchObject({ selectedTenants: [oil.name], size: 2, serviceAccount });
    for (const namespace of oil.namespaces) {
      const copy = await harness.get('-n', namespace, 'secret', registry);
      expect(copy['data']).toEqual({ k: 'dg==' });
    }
    const isInGas = async () =>
      (await harness.kubectl(['-n', gas.home, 'get', 'secret', registry])).code === 0;
    expect(await isInGas()).toBe(false);
    await harness.kubectlOk(['label', 'tenant', gas.name, 'tier=gold']);
    await eventually('it is in the other tenant', isInGas);
    await harness.kubectlOk(['label', 'tenant', gas.name, 'tier-']);
    await eventually('it is gone from there', async () => !(await isInGas()));
    await harness.remove(key);
    const { code } = await harness.kubectl(['-n', oil.home, 'get', 'secret', registry]);
    expect(code).toBe(1);
  });

  test('once for each tenant, where the manifest says, and once for all', async () => {
    const [each, once] = [freshName('each'), freshName('once')];
    const metadata = { namespace: platform };
    const perTenant = configMap(`${each}-{{tenant.name}}`, {}, metadata);
    const tenants = await replicate([{ rawItems: [perTenant] }], { ...gold, scope: 'Tenant' });
    const cluster = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: once },
      rules: [],
    };
    const all = await replicate([{ rawItems: [cluster, configMap(once, {}, metadata)] }], {
      scope: 'None',
    });
    await harness.settled(tenants, 'True');
    await harness.settled(all, 'True');
    expect(await harness.data(platform, `${each}-${oil.name}`)).toEqual({});
    expect(await harness.data(platform, `${each}-${gas.name}`)).toBeUndefined();
    expect(await harness.data(platform, once)).toEqual({});
    await harness.remove(all);
    expect((await harness.kubectl(['get', 'clusterrole', once])).code).toBe(1);
  });

  test('does not put kinds without namespaces into namespaces', async () => {
    const metadata = { name: freshName('ns') };
    const key = await replicate([
      { rawItems: [{ apiVersion: 'v1', kind: 'Namespace', metadata }] },
    ]);
    await harness.settled(key, 'False', /cluster-scoped kind v1\/Namespace is not allowed/);
  });

  test('copies nothing that a tenant offers for all', async () => {
    const [label, name] = [freshName('offer'), freshName('offered')];
    const own = configMap(name, { by: 'evil' }, { namespace: gas.home, labels: { [label]: 'x' } });
    await harness.apply([own], gas.owner);
    const selector = { matchLabels: { [label]: 'x' } };
    const key = await replicate([
      { namespacedItems: [{ apiVersion: 'v1', kind: 'ConfigMap', selector }] },
    ]);
    await harness.settled(key, 'True');
    expect(await harness.data(oil.home, name)).toBeUndefined();
    await harness.apply([
      configMap(name, { by: 'platform' }, { namespace: platform, labels: { [label]: 'x' } }),
    ]);
    const annotate = ['annotate', 'gtr', key.name, 'reconcile.fluxcd.io/requestedAt=now'];
    await harness.kubectlOk(annotate);
    await eventually('the platform’s is', async () => harness.data(oil.home, name));
    expect(await harness.data(oil.home, name)).toEqual({ by: 'platform' });
    expect(await harness.data(gas.home, name)).toEqual({ by: 'evil' });
  });
});

describe('without an account of its own', () => {
  test('it acts as the control plane, with the rights that it was given for it', async () => {
    const item = freshName('item');
    const aggregated = { name: item, labels: { 'tenantry.dev/aggregate-to-replications': 'true' } };
    const rules = [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'patch'] },
    ];
    const rights = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', rules };
    const resources = [{ rawItems: [configMap(item, {}, { namespace: platform })] }];
    const own = { serviceAccount: undefined, scope: 'None' };
    const key = await replicate(resources, own);
    await harness.settled(key, 'False', /is forbidden/);
    await harness.apply([{ ...rights, metadata: aggregated }]);
    expect(await harness.settled(key, 'True')).not.toHaveProperty('serviceAccount');
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: item },
    };
    const refused = await replicate([{ rawItems: [role] }], own);
    await harness.settled(refused, 'False', /cluster-scoped kind .*ClusterRole is not allowed/);
  });

  test('it acts as the default of the configuration, over its endpoint', async () => {
    const item = freshName('item');
    const view = ['config', 'view', '--raw', '--minify', '-o'];
    const cluster = 'jsonpath={.clusters[0].cluster';
    const server = await harness.kubectlOk([...view, `${cluster}.server}`]);
    const ca = await harness.kubectlOk([...view, `${cluster}.certificate-authority-data}`]);
    const apiVersion = 'v1';
    const metadata = { name: 'endpoint-ca', namespace: platform };
    await harness.apply([{ apiVersion, kind: 'Secret', metadata, data: { 'ca.crt': ca.trim() } }]);
    const reader = ['--verb=get', '--resource=secrets', '--resource-name=endpoint-ca'];
    await harness.kubectlOk(['-n', platform, 'create', 'role', 'endpoint-ca', ...reader]);
    const account = `--serviceaccount=${tenancyAccount.namespace}:${tenancyAccount.name}`;
    const binding = ['create', 'rolebinding', 'endpoint-ca', '--role=endpoint-ca', account];
    await harness.kubectlOk(['-n', platform, ...binding]);
    await harness.configure({
      impersonation: {
        endpoint: server.trim(),
        caSecretName: 'endpoint-ca',
        caSecretNamespace: platform,
        globalDefaultServiceAccount: 'replicator',
        globalDefaultServiceAccountNamespace: platform,
      },
    });
    const key = await replicate([{ rawItems: [configMap(item)] }], { serviceAccount: undefined });
    expect(await harness.settled(key, 'True')).toMatchObject({ serviceAccount });
    expect(await harness.data(gas.home, item)).toEqual({});
    await harness.configure({
      impersonation: { globalDefaultServiceAccount: 'replicator' },
    });
    await harness.settled(key, 'False', /set both impersonation.globalDefaultServiceAccount/);
  });
});
