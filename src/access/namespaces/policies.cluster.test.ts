import { beforeAll, describe, expect, test } from 'vitest';
import {
  apply,
  clusterContext,
  freshName,
  kubectl,
  kubectlOk,
} from '../../../test/support/cluster.ts';
import { policiesInForce } from '../../../test/support/policies-in-force.ts';
import { untilAllowed } from '../../../test/support/until-allowed.ts';
import { createClient } from '../../kube/connect.ts';
import { userIdentity } from '../../kube/identity.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import type { KubeObject } from '../../kube/object.ts';
import { tenantGrants } from '../tenancy/ownership.ts';
import { tenantLabel, Verb } from '../tenancy/vocabulary.ts';
import { compilePolicies } from '../policy/compile.ts';
import { namespacePolicies } from './policies.ts';

/** The first ring, with no process of ours anywhere: only the API server, policies and RBAC. */
const oil = freshName('oil');
const gas = freshName('gas');
const alice = freshName('alice');
const bob = freshName('bob');
/** Administers tenants. */
const carol = freshName('carol');
const configuration = freshName('config');
const all = [Verb.Own, Verb.Extend, Verb.NameFreely, Verb.LabelFreely];

const rbac = 'rbac.authorization.k8s.io';
const administrator: KubeObject[] = [
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: `administrator-${oil}` },
    rules: [
      {
        apiGroups: ['capsule.clastix.io'],
        resources: ['capsuleconfigurations'],
        resourceNames: [configuration],
        verbs: [Verb.Administer],
      },
    ],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `administrator-${oil}` },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: `administrator-${oil}` },
    subjects: [{ kind: 'User', name: carol, apiGroup: rbac }],
  },
];

const provisioner: KubeObject[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: `provisioner-${oil}` },
    rules: [
      {
        apiGroups: [''],
        resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'],
        verbs: ['create', 'patch', 'update', 'get'],
      },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `provisioner-${oil}` },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: `provisioner-${oil}`,
    },
    subjects: [alice, bob, carol].map((name) => ({
      kind: 'User',
      name,
      apiGroup: 'rbac.authorization.k8s.io',
    })),
  },
];

beforeAll(async () => {
  await apply([
    ...provisioner,
    ...administrator,
    ...tenantGrants({ tenant: oil, owners: [{ kind: 'User', name: alice }], verbs: all }),
    ...tenantGrants({ tenant: gas, owners: [{ kind: 'User', name: bob }], verbs: all }),
    ...compilePolicies(namespacePolicies({ configuration })).map(withSuffix),
  ]);
  await using admin = createClient({
    cluster: await loadKubeconfig({ paths: [clusterContext().kubeconfig] }),
  });
  await policiesInForce(admin);
  const [own, administers] = [
    { verb: Verb.Extend, group: 'capsule.clastix.io', resource: 'tenants' },
    { verb: Verb.Administer, group: 'capsule.clastix.io', resource: 'capsuleconfigurations' },
  ];
  for (const [user, name] of Object.entries({ [alice]: oil, [bob]: gas }))
    await untilAllowed(admin, userIdentity(user), { ...own, name });
  await untilAllowed(admin, userIdentity(carol), { ...administers, name: configuration });
  for (const user of [alice, bob, carol])
    await untilAllowed(admin, userIdentity(user), { verb: 'create', resource: 'namespaces' });
});

/** Policies of its own for this test's users: others of the same run put theirs in place too. */
function withSuffix(object: KubeObject): KubeObject {
  const spec = object['spec'] as { policyName?: string; matchConditions?: object[] };
  const { policyName, matchConditions = [] } = spec;
  const expression = `request.userInfo.username in ['${alice}', '${bob}', '${carol}']`;
  const own = [{ name: 'of-this-suite', expression }, ...matchConditions];
  return {
    ...object,
    metadata: { ...object.metadata, name: `${oil}.${object.metadata.name}` },
    spec: {
      ...spec,
      ...(policyName === undefined
        ? { matchConditions: own }
        : { policyName: `${oil}.${policyName}` }),
    },
  };
}

const reference = (tenant: string, more: object = {}) => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'Tenant',
  name: tenant,
  uid: '6b4d2c1e-0000-4000-8000-000000000001',
  ...more,
});

function namespace(
  name: string,
  { label, references }: { label?: string; references?: object[] } = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      ...(label !== undefined && { labels: { [tenantLabel]: label } }),
      ...(references && { ownerReferences: references }),
    },
  };
}

const create = (object: object, as: string) =>
  kubectl(['create', '-f', '-'], { input: JSON.stringify(object), as });

const read = async (name: string) =>
  JSON.parse(await kubectlOk(['get', 'namespace', name, '-o', 'json'])) as KubeObject;

describe('a new namespace', () => {
  test('is created by an owner', async () => {
    const name = freshName('apps');
    expect(await create(namespace(name, { label: oil }), alice)).toMatchObject({ code: 0 });
    expect((await read(name)).metadata.labels?.[tenantLabel]).toBe(oil);
  });

  test.each([
    ['of another tenant', gas],
    ['of no tenant at all', 'nobodys'],
  ])('%s is refused, in the same words', async (_, label) => {
    const { code, stderr } = await create(namespace(freshName('apps'), { label }), alice);
    expect(code).toBe(1);
    expect(stderr).toContain('only an owner of the tenant');
    expect(stderr).not.toContain(label);
  });

  test('loses references to Tenants that its creator wrote', async () => {
    const name = freshName('apps');
    const object = namespace(name, { label: oil, references: [reference(oil)] });
    expect(await create(object, alice)).toMatchObject({ code: 0 });
    expect((await read(name)).metadata.ownerReferences ?? []).toEqual([]);
  });

  test.each([alice, carol])('has no empty label, whoever asks: %s', async (who) => {
    const made = await create(namespace(freshName('apps'), { label: '' }), who);
    expect(made.stderr).toContain('name a tenant, or leave the label out');
    const free = freshName('free');
    await apply([namespace(free)]);
    const body = JSON.stringify({ metadata: { labels: { [tenantLabel]: '' } } });
    for (const more of [[], ['--subresource=status']]) {
      const patch = ['patch', 'ns', free, '--type=merge', '-p', body, ...more];
      const { code, stderr } = await kubectl(patch, { as: who });
      expect(stderr).toContain('name a tenant, or leave the label out');
      expect(code).toBe(1);
    }
  });

  test('without a tenant is nobody’s business', async () => {
    expect(await create(namespace(freshName('apps')), alice)).toMatchObject({ code: 0 });
  });
});

describe('a namespace of a tenant', () => {
  let name: string;
  beforeAll(async () => {
    name = freshName('apps');
    await apply([namespace(name, { label: oil, references: [reference(oil)] })]);
  });
  const patch = (as: string, body: object, ...more: string[]) =>
    kubectl(['patch', 'namespace', name, '-p', JSON.stringify(body), ...more], { as });

  test.each(['merge', 'strategic'])('%s: keeps its tenant against a neighbour', async (type) => {
    const type_ = `--type=${type}`;
    for (const body of [
      { metadata: { labels: { [tenantLabel]: gas } } },
      { metadata: { labels: { [tenantLabel]: null } } },
      ...(type === 'merge' ? [{ metadata: { ownerReferences: null } }] : []),
    ]) {
      const { code, stderr } = await patch(bob, body, type_);
      expect(stderr).toContain('namespace can not be patched into a tenant');
      expect(code).toBe(1);
    }
  });

  test.each(['status'])('through /%s too', async (subresource) => {
    const body = { metadata: { labels: { [tenantLabel]: gas } } };
    await patch(bob, body, '--type=merge', `--subresource=${subresource}`);
    expect((await read(name)).metadata.labels?.[tenantLabel]).toBe(oil);
  });

  test('undoes what its owner does to the assignment, and takes the rest', async () => {
    const body = {
      metadata: { labels: { [tenantLabel]: null, team: 'a' }, ownerReferences: null },
    };
    expect(await patch(alice, body, '--type=merge')).toMatchObject({ code: 0 });
    const { labels, ownerReferences } = (await read(name)).metadata;
    expect(labels).toMatchObject({ [tenantLabel]: oil, team: 'a' });
    expect(ownerReferences).toMatchObject([{ name: oil, kind: 'Tenant' }]);
  });

  test('is not taken over by an owner of another', async () => {
    const free = freshName('free');
    await apply([namespace(free)]);
    const body = JSON.stringify({ metadata: { labels: { [tenantLabel]: gas } } });
    const { code, stderr } = await kubectl(['patch', 'ns', free, '--type=merge', '-p', body], {
      as: bob,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('namespace can not be patched into a tenant');
  });

  test('is moved and released by who administers tenants', async () => {
    const body = { metadata: { labels: { [tenantLabel]: null }, ownerReferences: null } };
    const result = await patch(carol, body, '--type=merge');
    expect(result).toMatchObject({ code: 0 });
  });
});
