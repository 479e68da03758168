import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  apply,
  clusterContext,
  freshName,
  kubectl,
  kubectlOk,
} from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  attackNamespace,
  cells,
  referenceTo as reference,
  writeNamespace,
} from '../../../test/support/namespace-writes.ts';
import { policiesInForce } from '../../../test/support/policies-in-force.ts';
import { createLog } from '../../base/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createClient, type ClosableClient } from '../../kube/connect.ts';
import { serviceAccountIdentity, userIdentity, type Identity } from '../../kube/identity.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import type { KubeObject } from '../../kube/object.ts';
import { compilePolicies } from '../policy/compile.ts';
import {
  accountsBinding,
  clusterRole,
  clusterRoleBinding,
  tenantGrants,
} from '../tenancy/ownership.ts';
import { cordonedLabel, tenantLabel, Verb } from '../tenancy/vocabulary.ts';
import { namespacePolicies } from './policies.ts';

/**
 * What owners of a neighbouring tenant try on namespaces, as a user, a group and a ServiceAccount, and
 * an account that lives in that tenant, whom RBAC lets do everything with every namespace. No process of
 * ours is running.
 */
const suite = freshName('personas');
const [oil, gas] = [`${suite}-oil`, `${suite}-gas`];
const [bob, group] = [`${suite}-bob`, `${suite}-group`];
const account = `system:serviceaccount:${suite}-sa:robot`;
const [home, lived] = [`${suite}-home`, `${suite}-lived`];
/** Named by nobody; everything is theirs in their own namespaces. */
const resident = serviceAccountIdentity(lived, 'worker');
const strangers = [
  ['of no tenant', serviceAccountIdentity(`${suite}-free`, 'worker')],
  ['of the namespace of the control plane', serviceAccountIdentity(home, 'operator')],
] as const;
const configuration = `${suite}-config`;
const owners = [
  { kind: 'User', name: bob },
  { kind: 'Group', name: group },
  { kind: 'ServiceAccount', name: account },
] as const;
const personas = [
  ['a user', userIdentity(bob)],
  ['a member of a group', userIdentity(`${suite}-member`, [group])],
  ['a ServiceAccount', serviceAccountIdentity(`${suite}-sa`, 'robot')],
  ['a ServiceAccount that lives in a tenant', resident],
] as const;
const isOwner = (identity: Identity) => identity !== resident;
let admin: ClosableClient;

const namespace = (name: string, labels: Record<string, string> = {}, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels, ...more },
});
const targets = {
  taken: namespace(`${suite}-taken`, { [tenantLabel]: oil }, { ownerReferences: [reference(oil)] }),
  plain: namespace(`${suite}-plain`),
  going: namespace(`${suite}-going`, {}, { finalizers: ['example.com/held'] }),
  ending: namespace(
    `${suite}-ending`,
    { [tenantLabel]: oil },
    { ownerReferences: [reference(oil)], finalizers: ['example.com/held'] },
  ),
};
const names = Object.values(targets).map(({ metadata }) => metadata.name);

beforeAll(async () => {
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  admin = createClient({ cluster, log: createLog({ level: 'error' }), userAgent: suite });
  const everything = {
    apiGroups: [''],
    resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'],
    verbs: ['*'],
  };
  const uses = {
    apiGroups: ['capsule.clastix.io'],
    resources: ['capsuleconfigurations'],
    resourceNames: [configuration],
    verbs: [Verb.Use],
  };
  const user = `${suite}-user`;
  const unnamed = [resident, ...strangers.map(([, identity]) => identity)];
  const accounts = unnamed.map(({ user }) => ({ kind: 'ServiceAccount' as const, name: user }));
  const homes = [home, lived, `${suite}-free`];
  const accountsOfGas = accountsBinding({ tenant: gas, home }, [lived]);
  const verbs = [Verb.Own, Verb.Extend, Verb.NameFreely, Verb.LabelFreely];
  await apply([
    ...Object.values(targets),
    ...homes.map((name) => namespace(name)),
    clusterRole({ name: suite }, [everything]),
    clusterRoleBinding({ name: suite }, [...owners, ...accounts]),
    clusterRole({ name: user }, [uses]),
    clusterRoleBinding({ name: user }, owners),
    { ...accountsOfGas, roleRef: { ...accountsOfGas.roleRef, name: user } },
    ...homes.map((name) => everythingIn(name)),
    ...tenantGrants({ tenant: gas, owners, verbs }),
    ...compilePolicies(namespacePolicies({ configuration, home })).map(ofThisSuite),
  ]);
  for (const { metadata } of [targets.going, targets.ending]) {
    await kubectlOk(['delete', 'namespace', metadata.name, '--wait=false']);
  }
  await policiesInForce(admin);
  await eventually('policies and roles are in force', async () => {
    const answers = await Promise.all(
      personas.flatMap(([, identity]) => [
        attempt(admin.as(identity), targets.plain, { [tenantLabel]: gas }),
        attempt(admin.as(identity), targets.plain, { own: 'x' }),
      ]),
    );
    return answers.every(({ message }) => message.includes('denied request'));
  });
  await eventually('strangers may do everything with namespaces', async () => {
    const answers = await Promise.all(
      strangers.map(([, identity]) => attempt(admin.as(identity), targets.plain, { own: 'x' })),
    );
    return answers.every(({ code }) => code === 200);
  });
});
afterAll(async () => {
  const body = { metadata: { finalizers: null } };
  for (const { metadata } of [targets.going, targets.ending]) {
    await admin?.patch(namespaceType, { name: metadata.name }, { type: 'merge', body });
  }
  await admin?.close();
});

/** Every verb in a namespace to its accounts, as some are given who deploy there. */
function everythingIn(name: string): object {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'everything', namespace: name },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup, kind: 'Group', name: `system:serviceaccounts:${name}` }],
  };
}

/** Policies of another suite look at other users. */
function ofThisSuite(object: KubeObject): KubeObject {
  const spec = object['spec'] as { policyName?: string; matchConditions?: object[] };
  const name = `${suite}.${object.metadata.name}`;
  const expression = `request.userInfo.username.contains('${suite}')`;
  const own = [{ name: 'of-this-suite', expression }, ...(spec.matchConditions ?? [])];
  const mine = spec.policyName === undefined ? { matchConditions: own } : { policyName: name };
  return { ...object, metadata: { ...object.metadata, name }, spec: { ...spec, ...mine } };
}

const read = (name: string) => admin.get<KubeObject>(namespaceType, { name });
/** Labels a namespace, or would: nothing stays. */
const attempt = async (
  client: KubeClient,
  { metadata: { name } }: ReturnType<typeof namespace>,
  labels: Record<string, string>,
) =>
  await writeNamespace(client, await read(name), {
    wanted: { labels },
    way: 'merge',
    dryRun: true,
  });

describe.each(personas)('%s', (_, identity) => {
  test.each(cells)('changes no namespace of others by %s %s', async (way, subresource) => {
    const attack = { tenant: gas, by: [identity], way, subresource };
    const through = await Promise.all(names.map((name) => attackNamespace(admin, name, attack)));
    expect(through.flat()).toEqual([]);
  });

  test('creates one in the tenant it owns only', async () => {
    const { as, asGroups } = { as: identity.user, asGroups: [...identity.groups] };
    const create = (labels: Record<string, string>) =>
      kubectl(['create', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify(namespace(freshName(suite), labels)),
        as,
        asGroups,
      });
    expect(await create({ [tenantLabel]: gas })).toMatchObject({ code: isOwner(identity) ? 0 : 1 });
    for (const labels of [{ [tenantLabel]: oil }, { [tenantLabel]: 'nobodys' }, {}]) {
      expect(await create(labels as Record<string, string>)).toMatchObject({ code: 1 });
    }
  });

  test('deletes them not all at once: namespaces go one by one', async () => {
    const options = { as: identity.user, asGroups: [...identity.groups] };
    const { code, stderr } = await kubectl(['delete', '--raw', '/api/v1/namespaces'], options);
    expect(stderr).toMatch(/not allow|MethodNotAllowed/);
    expect(code).toBe(1);
  });

  test('deletes its own, and none of others or of nobody', async () => {
    const own = freshName(`${suite}-own`);
    await apply([namespace(own, { [tenantLabel]: gas })]);
    const options = { as: identity.user, asGroups: [...identity.groups] };
    const remove = (name: string) => kubectl(['delete', 'ns', name, '--dry-run=server'], options);
    for (const { metadata } of [targets.taken, targets.plain]) {
      expect(await remove(metadata.name)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('only the owners of a tenant may delete'),
      });
    }
    expect(await remove(own)).toMatchObject({ code: isOwner(identity) ? 0 : 1 });
  });

  test('does not delete one that is cordoned', async () => {
    const name = freshName(`${suite}-held`);
    await apply([namespace(name, { [tenantLabel]: gas, [cordonedLabel]: 'true' })]);
    const options = { as: identity.user, asGroups: [...identity.groups] };
    for (const how of [['--dry-run=server'], ['--grace-period=0', '--force', '--dry-run=server']]) {
      expect(await kubectl(['delete', 'ns', name, ...how], options)).toMatchObject({ code: 1 });
    }
    await kubectlOk(['delete', 'ns', name, '--wait=false']);
  });
});

describe.each(strangers)('a ServiceAccount %s', (_, identity) => {
  test('is held by RBAC alone, but for what binds namespaces to tenants', async () => {
    const client = admin.as(identity);
    expect(await attempt(client, targets.plain, { own: 'x' })).toMatchObject({ code: 200 });
    expect(await attempt(client, targets.taken, { own: 'x' })).toMatchObject({ code: 200 });
    expect(await attempt(client, targets.plain, { [tenantLabel]: gas })).toMatchObject({
      code: 403,
    });
  });
});
