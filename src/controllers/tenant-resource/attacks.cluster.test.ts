import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import {
  configMap,
  startReplicationHarness,
  type ReplicationHarness,
} from '../../../test/support/replication-harness.ts';
import { capsule, type HarnessTenant } from '../../../test/support/tenancy-harness.ts';

let harness: ReplicationHarness;
/** The attacker, and its neighbour. */
let evil: HarnessTenant;
let gas: HarnessTenant;
beforeAll(async () => {
  harness = await startReplicationHarness();
  [evil, gas] = [await harness.tenant(2), await harness.tenant(1)];
});
afterAll(() => harness?.[Symbol.asyncDispose]());

const rbac = 'rbac.authorization.k8s.io';
const clusterRole = (name: string) => ({
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: { name },
  rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
});
const exists = async (...args: string[]) => (await harness.kubectl(['get', ...args])).code === 0;

describe('a tenant that names no account', () => {
  test('is denied, with what to set, and nothing is done as the control plane', async () => {
    const item = freshName('item');
    const key = { name: freshName('tr'), namespace: evil.home };
    const spec = { resources: [{ rawItems: [configMap(item)] }] };
    await harness.apply([capsule('TenantResource', key, spec)]);
    await harness.settled(key, 'False', /no ServiceAccount acts for it: set spec.serviceAccount/);
    expect(await harness.data(evil.home, item)).toBeUndefined();
    await harness.configure({ impersonation: { tenantDefaultServiceAccount: 'default' } });
    // As the default account, which may do nothing.
    await harness.settled(key, 'False', /cannot (patch|create) resource "configmaps"/);
    await harness.configure({ impersonation: {} });
    await harness.settled(key, 'False', /no ServiceAccount acts for it/);
    await harness.remove(key);
  });

  test('of a namespace of nobody, is denied even with one', async () => {
    const namespace = freshName('nobodys');
    await harness.kubectlOk(['create', 'namespace', namespace]);
    await harness.kubectlOk(['-n', namespace, 'create', 'serviceaccount', 'robot']);
    const key = { name: freshName('tr'), namespace };
    const spec = { serviceAccount: { name: 'robot' }, resources: [] };
    await harness.apply([capsule('TenantResource', key, spec)]);
    await harness.settled(key, 'False', /its namespace belongs to no tenant/);
  });
});

describe('kinds without namespaces', () => {
  test('are refused wherever they come from', async () => {
    const name = freshName('root');
    await harness.apply([clusterRole(`${name}-existing`)]);
    const generated = JSON.stringify(clusterRole(name));
    const paths: [object, RegExp][] = [
      [{ rawItems: [clusterRole(name)] }, /ClusterRole is not allowed/],
      [
        { rawItems: [{ ...clusterRole(name), metadata: { name, namespace: evil.home } }] },
        /ClusterRole is not allowed/,
      ],
      [{ generators: [{ template: generated }] }, /ClusterRole is not allowed/],
      [
        { generators: [{ template: `{{ printf "%s" ${JSON.stringify(generated)} }}` }] },
        /ClusterRole is not allowed/,
      ],
      [
        { rawItems: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }] },
        /v1\/Namespace is not allowed/,
      ],
      [
        {
          rawItems: [{ apiVersion: 'v1', kind: 'List', metadata: {}, items: [clusterRole(name)] }],
        },
        /lists are not taken apart/,
      ],
      [{ rawItems: [{ ...clusterRole(name), kind: 'Unknown' }] }, /no matches for kind 'Unknown'/],
      [
        {
          namespacedItems: [
            { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', name: `${name}-existing` },
          ],
        },
        /cluster-scoped kind .*ClusterRole is not allowed/,
      ],
      [
        { namespacedItems: [{ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', selector: {} }] },
        /cluster-scoped kind .*ClusterRole is not allowed/,
      ],
    ];
    const keys = await Promise.all(
      paths.map(async ([resources, message]) => ({
        key: await harness.replicate(evil, [resources]),
        message,
      })),
    );
    for (const { key, message } of keys) await harness.settled(key, 'False', message);
    expect(await exists('clusterrole', name)).toBe(false);
    expect(await exists('namespace', name)).toBe(false);
  });
});

describe('the neighbour', () => {
  test('is not written to, whatever namespace is named', async () => {
    const [raw, made] = [freshName('raw'), freshName('made')];
    const key = await harness.replicate(evil, [
      {
        rawItems: [configMap(raw, {}, { namespace: gas.home })],
        generators: [{ template: JSON.stringify(configMap(made, {}, { namespace: gas.home })) }],
      },
    ]);
    await harness.settled(key, 'True');
    await harness.change(key, {
      resources: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': gas.home } },
          rawItems: [configMap(raw, {}, { namespace: gas.home })],
        },
      ],
    });
    await harness.settled(key, 'True');
    for (const name of [raw, made]) expect(await harness.data(gas.home, name)).toBeUndefined();
    expect(await harness.data(evil.home, raw)).toBeUndefined();
  });

  test.each(['namespacedItems', 'context'])('is not read from, by %s', async (by) => {
    const secret = ['generic', freshName('secret'), '--from-literal=k=hunter2'];
    await harness.kubectlOk(['-n', 'kube-system', 'create', 'secret', ...secret]);
    const template = '{{ toYaml . }}';
    for (const namespace of ['kube-system', gas.home, 'absent', '{{tenant.name}}-none', '../gas']) {
      const reference = { apiVersion: 'v1', kind: 'Secret', namespace };
      const resources =
        by === 'context'
          ? { context: { resources: [reference] }, generators: [{ template }] }
          : { namespacedItems: [reference] };
      const key = await harness.replicate(evil, [resources]);
      await harness.settled(key, 'False', /cross-namespace selection is not allowed/);
    }
    for (const namespace of evil.namespaces) {
      const { items = [] } = await harness.get('-n', namespace, 'secret');
      expect(JSON.stringify(items)).not.toContain(Buffer.from('hunter2').toString('base64'));
    }
  });

  test('has no account to give: a name is one of the own namespace', async () => {
    const name = await harness.account(gas);
    const item = freshName('item');
    const resources = [{ rawItems: [configMap(item)] }];
    const key = await harness.replicate(evil, resources, { serviceAccount: { name } });
    await harness.settled(key, 'False', new RegExp(`system:serviceaccount:${evil.home}:${name}`));
    const spec = { serviceAccount: { name: `${gas.home}:${name}` }, resources };
    const attempt = harness.apply([
      capsule('TenantResource', { name: freshName('tr'), namespace: evil.home }, spec),
    ]);
    await expect(attempt).rejects.toThrow(/serviceAccount.name/);
  });

  test('gets nothing by a GlobalTenantResource of the tenant: it may not write one', async () => {
    const spec = { resources: [{ rawItems: [configMap('x')] }] };
    const attempt = harness.apply(
      [capsule('GlobalTenantResource', { name: freshName('gtr') }, spec)],
      evil.owner,
    );
    await expect(attempt).rejects.toThrow(/forbidden/);
  });
});

describe('rights', () => {
  test.each([
    ['a binding to a role it does not hold', 'RoleBinding'],
    ['a role with everything', 'Role'],
  ])('cannot be had by %s', async (_, kind) => {
    const name = freshName('root');
    const subjects = [{ kind: 'User', name: evil.owner.as, apiGroup: rbac }];
    const object = {
      apiVersion: `${rbac}/v1`,
      kind,
      metadata: { name },
      ...(kind === 'Role'
        ? { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] }
        : { roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' }, subjects }),
    };
    const key = await harness.replicate(evil, [{ rawItems: [object] }]);
    await harness.settled(key, 'False', /is forbidden|attempting to grant/);
    expect(await exists('-n', evil.home, kind, name)).toBe(false);
  });
});

describe('what a replication made', () => {
  const patches = [
    ['--type=merge', '-p', '{"data":{"k":"x"}}'],
    ['--type=strategic', '-p', '{"data":{"k":"x"}}'],
    ['--type=json', '-p', '[{"op":"add","path":"/data/k","value":"x"}]'],
    ['--type=merge', '-p', '{"metadata":{"labels":{"projectcapsule.dev/created-by":null}}}'],
    ['--type=merge', '-p', '{"metadata":{"annotations":{"tenantry.dev/replication":null}}}'],
  ];

  test('is changed and deleted by nobody in the tenant but its account', async () => {
    const item = freshName('item');
    const serviceAccount = { name: await harness.account(evil) };
    const resources = [{ rawItems: [configMap(item, { k: 'v' })] }];
    const key = await harness.replicate(evil, resources, { serviceAccount });
    await harness.settled(key, 'True');
    const other = { as: `system:serviceaccount:${evil.home}:${await harness.account(evil)}` };
    const refused = /the object is replicated/;
    const group = freshName('group');
    const bound = ['create', 'rolebinding', group, '--clusterrole=admin', `--group=${group}`];
    await harness.kubectlOk(['-n', evil.other, ...bound], evil.owner);
    const member = { as: freshName('member'), asGroups: [group] };
    const ofReplications = `labelSelector=${encodeURIComponent('projectcapsule.dev/created-by')}`;
    const raw = `/api/v1/namespaces/${evil.other}/configmaps?${ofReplications}`;
    const input = JSON.stringify(configMap(item, { k: 'x' }, { namespace: evil.other }));
    const inNamespace = ['-n', evil.other];
    const attempts = [
      ...patches.map((patch) => [...inNamespace, 'patch', 'configmap', item, ...patch]),
      ['apply', '--server-side', '--force-conflicts', '-f', '-'],
      ['replace', '-f', '-'],
      [...inNamespace, 'delete', 'configmap', item, '--wait=false'],
      [...inNamespace, 'delete', 'configmap', '--all', '--wait=false'],
      ['delete', '--raw', raw],
    ];
    for (const [index, args] of attempts.entries()) {
      // Each in one of the ways, one after the other, and the owner in all.
      const others = [other, member].slice(index % 2, 1 + (index % 2));
      for (const who of [evil.owner, ...others]) {
        expect((await harness.kubectl(args, { ...who, input })).stderr).toMatch(refused);
      }
    }
    expect(await harness.data(evil.other, item)).toEqual({ k: 'v' });
    const account = { as: `system:serviceaccount:${evil.home}:${serviceAccount.name}` };
    await harness.kubectlOk(['-n', evil.other, 'annotate', 'configmap', item, 'a=b'], account);
  });

  test('cannot be forged, to have an object deleted or kept from others', async () => {
    const marked = (mark: string) =>
      configMap(
        freshName('forged'),
        {},
        {
          namespace: evil.home,
          labels: { 'projectcapsule.dev/created-by': 'replications' },
          annotations: { 'tenantry.dev/replication': mark },
        },
      );
    for (const mark of [
      'GlobalTenantResource/any',
      `TenantResource/${gas.home}/any`,
      'TenantResource/any',
      'GlobalTenantResource/a/b',
      'x',
      '//',
    ]) {
      const attempt = harness.apply([marked(mark)], evil.owner);
      await expect(attempt).rejects.toThrow(/is set by replications only/);
    }
  });

  test('holds with every process of ours stopped, and namespaces go as ever', async () => {
    const item = freshName('item');
    const key = await harness.replicate(evil, [{ rawItems: [configMap(item, { k: 'v' })] }]);
    await harness.settled(key, 'True');
    await harness.stop();
    const args = ['-n', evil.other, 'delete', 'configmap', item];
    expect((await harness.kubectl(args, evil.owner)).stderr).toMatch(/the object is replicated/);
    await harness.removeNamespace(evil, evil.other);
  });
});
