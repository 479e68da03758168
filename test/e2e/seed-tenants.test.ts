import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tenantLabel } from '../../src/access/tenancy/vocabulary.ts';
import { eventually } from '../support/eventually.ts';
import { seed } from '../support/seed.ts';
import { startTenancyPlane, type TenancyPlane } from '../support/tenancy-plane.ts';

/**
 * The tenants of the guide to Namespaces as a service, its manifests word for word: a ServiceAccount
 * owns the tenant and creates namespaces by itself; the other tenant's tries what the guide warns of.
 */
const userOf = (home: string) => `system:serviceaccount:${home}:gitops-reconciler`;
const [oil, mine] = ['oil-system', 'my-tenant'].map(userOf) as [string, string];

let world: TenancyPlane;
beforeAll(async () => {
  // Both configurations of the guide have the same name: what each adds is looked at on its own.
  const groups = ['system:serviceaccounts:oil-system', 'system:serviceaccounts:my-tenant'];
  world = await startTenancyPlane({ userGroups: groups }, 'default');
  for (const name of ['oil', 'my-tenant']) {
    // Of these the home namespace and the account in it: the rest is about deploying.
    const home = seed(name).split('\n---\n').slice(0, 2).join('\n---\n');
    await world.kubectlOk(['apply', '-f', '-'], { input: home });
  }
  for (const name of ['capsule-oil', 'capsule-my-tenant']) {
    const [tenant = ''] = seed(name).split('\n---\n');
    await world.kubectlOk(['apply', '--server-side', '-f', '-'], { input: tenant });
  }
  await world.kubectlOk(['wait', 'tenants', '--all', '--for=condition=Ready', '--timeout=240s']);
});
afterAll(() => world?.[Symbol.asyncDispose]());

const namespace = (name: string, labels: Record<string, string> = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
const create = (name: string, as: string, labels?: Record<string, string>) =>
  world.kubectl(['create', '-f', '-'], { input: namespace(name, labels), as });
const tenantOf = async (name: string) =>
  (await world.get('namespace', name)).metadata.labels?.[tenantLabel];

test.each(['capsule-oil', 'capsule-my-tenant'])(
  'the API server takes %s word for word, as it is in the guide',
  async (name) => {
    const strict = ['--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict'];
    const args = ['apply', ...strict, '-f', '-'];
    const { code, stderr } = await world.kubectl(args, { input: seed(name) });
    expect([code, stderr.replace(/^Warning: .*deprecated.*\n/gm, '')]).toEqual([0, '']);
  },
);

test("the configuration of the guide's older version counts as it is written", async () => {
  const [, configuration = ''] = seed('capsule-my-tenant').split('\n---\n');
  const stored = await world.kubectlOk(
    ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-o', 'json', '-f', '-'],
    { input: configuration },
  );
  expect(JSON.parse(stored)).toMatchObject({
    spec: { userGroups: ['system:serviceaccounts:my-tenant'] },
  });
});

describe('an owner that is a ServiceAccount', () => {
  test('creates a namespace, which is its tenant by itself, and may do everything in it', async () => {
    await eventually('it may', async () => (await create('oil-production', oil)).code === 0);
    expect(await tenantOf('oil-production')).toBe('oil');
    await eventually('the roles that the Tenant names are there', async () => {
      const args = ['-n', 'oil-production', 'auth', 'can-i', 'create', 'roles'];
      return (await world.kubectl(args, { as: oil })).stdout.trim() === 'yes';
    });
  });

  test('whose Tenant does not say what kind it is, too', async () => {
    const labels = { [tenantLabel]: 'my-tenant' };
    await eventually('it may', async () => (await create('mine', mine, labels)).code === 0);
    expect((await world.get('tenant', 'my-tenant'))['status']).toMatchObject({
      owners: [{ kind: 'ServiceAccount', name: mine }],
    });
  });
});

describe('the other tenant is refused', () => {
  test.each([
    ['a namespace of the neighbour', { [tenantLabel]: 'oil' }],
    ['a tenant that is not there', { [tenantLabel]: 'water' }],
  ])('%s, in the same words', async (_, labels) => {
    const { code, stderr } = await create('stolen', mine, labels);
    expect(code).toBe(1);
    expect(stderr).not.toMatch(/oil(?!-)|gitops-reconciler/);
    expect((await world.kubectl(['get', 'namespace', 'stolen'])).code).toBe(1);
  });

  test.each(['oil-production', 'oil-system', 'kube-system', 'default', 'flux-system'])(
    'taking over %s',
    async (name) => {
      if (name === 'flux-system') await world.kubectl(['create', 'namespace', name]);
      const before = await world.get('namespace', name);
      for (const patch of [{ [tenantLabel]: 'my-tenant' }, { team: 'mine' }]) {
        const body = JSON.stringify({ metadata: { labels: patch } });
        const { code } = await world.kubectl(['patch', 'namespace', name, '-p', body], {
          as: mine,
        });
        expect(code).toBe(1);
      }
      const input = namespace(name, { [tenantLabel]: 'my-tenant' });
      const apply = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
      expect((await world.kubectl(apply, { input, as: mine })).code).toBe(1);
      expect((await world.get('namespace', name)).metadata.labels).toEqual(before.metadata.labels);
    },
  );

  test('anything in a namespace of the neighbour, and asking what is there', async () => {
    const verbs = ['create pods', 'get secrets', 'list namespaces', 'bind clusterroles'];
    for (const verb of verbs) {
      const args = ['-n', 'oil-production', 'auth', 'can-i', ...verb.split(' ')];
      expect((await world.kubectl(args, { as: mine })).stdout.trim()).toBe('no');
    }
  });
});
