import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { tenantGrants } from '../tenancy/ownership.ts';
import { Verb } from '../tenancy/vocabulary.ts';
import { annotatedByThoseWhoMayBind, isAnnotating, reconcilerPolicies } from './policies.ts';

/** The first ring, with no process of ours anywhere. */
let ring: FirstRing;
let namespace: string;
/** Owns the tenant of the namespace, and may edit everything there but roles. */
const editor = freshName('editor');
/** The same, and may bind every role that `admin` may. */
const admin = freshName('admin');
const clusterAdmin = freshName('boss');

beforeAll(async () => {
  ring = await firstRing(reconcilerPolicies);
  namespace = await ring.namespace({});
  const bind = (user: string, role: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: user, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
  });
  const owners = [editor, admin].map((name) => ({ kind: 'User' as const, name }));
  await apply([
    ...tenantGrants({ tenant: ring.tenant, owners, verbs: [Verb.Own, Verb.PromoteOwners] }),
    bind(editor, 'edit'),
    bind(admin, 'admin'),
    bind(clusterAdmin, 'cluster-admin'),
    account('plain'),
    account('annotated', { [enabled]: 'true' }),
  ]);
  await eventually('they may write ServiceAccounts', async () => {
    const answers = await Promise.all(
      [editor, admin, clusterAdmin].map((as) => create(account(freshName('x')), as)),
    );
    return answers.every(({ code }) => code === 0);
  });
});
afterAll(() => ring?.client.close());

const enabled = 'capsule.addon.fluxcd/enabled';
const global = 'capsule.addon.fluxcd/kubeconfig-global';
const account = (name: string, annotations: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace, annotations },
});
const create = (object: object, as: string) =>
  kubectl(['create', '-f', '-'], { input: JSON.stringify(object), as });
const refused = {
  code: 1,
  stderr: expect.stringContaining('must be allowed to bind cluster-admin') as string,
};

describe.each([enabled, global])('%s', (key) => {
  test.each([
    ['who may edit the namespace', () => editor],
    ['who has admin there, and owns the tenant', () => admin],
  ])('is not put on by %s', async (_, who) => {
    const as = who();
    expect(await create(account(freshName('x'), { [key]: 'true' }), as)).toMatchObject(refused);
    const body = JSON.stringify({ metadata: { annotations: { [key]: 'true' } } });
    for (const type of ['merge', 'strategic']) {
      const patch = ['-n', namespace, 'patch', 'sa', 'plain', '--type', type, '-p', body];
      expect(await kubectl(patch, { as })).toMatchObject(refused);
    }
    const operation = { op: 'add', path: '/metadata/annotations', value: { [key]: 'true' } };
    const json = ['--type=json', '-p', JSON.stringify([operation])];
    expect(await kubectl(['-n', namespace, 'patch', 'sa', 'plain', ...json], { as })).toMatchObject(
      refused,
    );
    const input = JSON.stringify(account('plain', { [key]: 'true' }));
    expect(await kubectl(['apply', '--server-side', '-f', '-'], { as, input })).toMatchObject(
      refused,
    );
    expect(await kubectl(['replace', '-f', '-'], { as, input })).toMatchObject(refused);
  });

  test('is put on by who has cluster-admin there, and changes nothing for others', async () => {
    const name = freshName('x');
    expect(await create(account(name, { [key]: 'true' }), clusterAdmin)).toMatchObject({ code: 0 });
    const run = (...args: string[]) => kubectlOk(['-n', namespace, ...args], { as: editor });
    await run('label', 'sa', name, 'team=a');
    await run('annotate', 'sa', name, `${key}-`);
    await run('annotate', 'sa', 'plain', '--overwrite', `${key}=false`);
  });
});

test('one annotation does not bring the other', async () => {
  const patch = ['-n', namespace, 'annotate', 'sa', 'annotated', `${global}=true`];
  expect(await kubectl(patch, { as: editor })).toMatchObject(refused);
});

test('an account does not annotate itself, nor its neighbour', async () => {
  const robot = `system:serviceaccount:${namespace}:plain`;
  await apply([
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'robot', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ kind: 'ServiceAccount', name: 'plain', namespace }],
    },
  ]);
  await eventually('it is refused by the ring, not by RBAC', async () => {
    const patch = ['-n', namespace, 'annotate', '--overwrite', 'sa', 'plain', `${enabled}=true`];
    const { stderr } = await kubectl(patch, { as: robot });
    return stderr.includes('must be allowed to bind cluster-admin');
  });
});

test('the rule says in TypeScript what it says in CEL', () => {
  const facts = { isAnnotating: true, isAdministrator: false, mayBindHomeRole: false };
  const { holds } = annotatedByThoseWhoMayBind;
  expect(holds(facts)).toBe(false);
  expect(holds({ ...facts, isAnnotating: false })).toBe(true);
  expect(holds({ ...facts, isAdministrator: true })).toBe(true);
  expect(holds({ ...facts, mayBindHomeRole: true })).toBe(true);
  const [plain, annotated] = [account('a'), account('a', { [enabled]: 'true' })];
  expect(isAnnotating(annotated)).toBe(true);
  expect(isAnnotating(annotated, plain)).toBe(true);
  expect(isAnnotating(annotated, annotated)).toBe(false);
  expect(isAnnotating(account('a', { [enabled]: 'yes' }), plain)).toBe(false);
  expect(isAnnotating(account('a', { [enabled]: 'true', [global]: 'true' }), annotated)).toBe(true);
});
