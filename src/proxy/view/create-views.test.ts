import { expect, test } from 'vitest';
import { Tenant } from '../../api/capsule/tenant.ts';
import { isTenantOwner } from '../../access/tenancy/identity-class.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createViews, type ViewSources } from './create-views.ts';
import type { Watched } from './subject-index.ts';

const group = 'capsule.clastix.io';
const user = (name: string) => ({ kind: 'User' as const, name });
const devs = { kind: 'Group' as const, name: 'devs' };

/** A watch that the test changes. */
function watched(
  ...objects: KubeObject[]
): Watched & { put(object: KubeObject): void; drop(): void } {
  let held = objects;
  const listeners = new Set<Parameters<Watched['onChange']>[0]>();
  const tell: Parameters<Watched['onChange']>[0] = (change) => {
    for (const listener of listeners) listener(change);
  };
  return {
    list: () => held,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    put(after) {
      const before = held.find(({ metadata }) => metadata.name === after.metadata.name);
      held = [...held.filter((each) => each !== before), after];
      tell({ ...(before && { before }), after });
    },
    drop() {
      const before = held;
      held = [];
      for (const each of before) tell({ before: each });
    },
  };
}

function tenant(name: string, owners: object[]): Tenant {
  return Tenant.decode({
    apiVersion: `${group}/v1beta2`,
    kind: 'Tenant',
    metadata: { name },
    spec: { owners },
    status: {
      size: 1,
      conditions: [],
      owners: owners.map((owner) => ({ clusterRoles: [], ...owner })),
    },
  });
}

const setting = (namespace: string, ...subjects: object[]): KubeObject => ({
  apiVersion: `${group}/v1beta1`,
  kind: 'ProxySetting',
  metadata: { name: 'setting', namespace },
  spec: { subjects },
});
const globals = (...rules: object[]): KubeObject => ({
  apiVersion: `${group}/v1beta1`,
  kind: 'GlobalProxySettings',
  metadata: { name: 'global' },
  spec: { rules },
});
const rule = (shared: string) => ({
  apiGroups: ['*'],
  resources: ['*'],
  selector: { matchLabels: { shared } },
});

const oil = tenant('oil', [
  { ...user('alice'), proxySettings: [{ kind: 'Nodes', operations: ['List'] }] },
  { ...devs, proxySettings: [{ kind: 'Nodes', operations: ['Update'] }] },
]);
const gas = tenant('gas', [user('bob')]);

function viewsOf(more: Partial<ViewSources> = {}) {
  const tenants = [oil, gas];
  return createViews({
    identities: () => ({
      administrators: [user('root')],
      ignoredGroups: ['ignored'],
      users: [{ kind: 'Group', name: 'tenants' }],
      tenantsOf: (namespace) => (namespace === 'oil-1' ? ['oil'] : []),
    }),
    tenants: {
      get: (name) => tenants.find(({ metadata }) => metadata.name === name),
      ownedBy: (sender) =>
        tenants.filter(({ status }) => isTenantOwner(sender, status?.owners ?? [])),
      tenantsOf: (namespace) => ['oil', 'gas'].filter((name) => namespace.startsWith(`${name}-`)),
    },
    proxySettings: watched(),
    globalProxySettings: watched(),
    ...more,
  });
}
const caller = (name: string, ...groups: string[]) => ({
  user: name,
  groups: ['tenants', ...groups],
});
const namesOf = ({ tenants }: ReturnType<ReturnType<typeof viewsOf>>) =>
  tenants.map(({ name }) => name);

test.each([
  [{ user: 'alice', groups: [] }, false],
  [caller('root'), false],
  [caller('alice', 'ignored'), false],
  [caller('alice'), true],
  [{ user: 'system:serviceaccount:oil-1:deployer', groups: [] }, true],
  [{ user: 'system:serviceaccount:other:deployer', groups: [] }, false],
  [{ user: 'system:serviceaccount:kube-system:deployer', groups: ['tenants'] }, false],
])('%j is a user that tenancy is enforced for: %s', (who, expected) => {
  const view = viewsOf()(who);
  expect(view.isTenantUser).toBe(expected);
  if (!expected) expect(view).toMatchObject({ tenants: [], clusterResources: [], reflected: [] });
});

test('owners see their tenants, with what all entries that name them grant', () => {
  const views = viewsOf();
  expect(views(caller('alice')).tenants).toMatchObject([
    { name: 'oil', isOwned: true, operations: { Nodes: ['List'] } },
  ]);
  expect(views(caller('alice', 'devs')).tenants).toMatchObject([
    { operations: { Nodes: ['List', 'Update'] } },
  ]);
  expect(namesOf(views(caller('carol')))).toEqual([]);
  // The name of a group is nobody's user name, and the reverse.
  expect(namesOf(views(caller('devs')))).toEqual([]);
  expect(namesOf(views(caller('carol', 'bob')))).toEqual([]);
});

test('a ProxySetting shows its tenant to its subjects, and what each of them is given', () => {
  const views = viewsOf({
    proxySettings: watched(
      setting(
        'gas-1',
        { ...user('carol'), proxySettings: [{ kind: 'Nodes', operations: ['List'] }] },
        { ...devs, clusterResources: [rule('devs')] },
      ),
    ),
  });
  expect(views(caller('carol'))).toMatchObject({
    tenants: [{ name: 'gas', isOwned: false, operations: { Nodes: ['List'] } }],
    clusterResources: [],
  });
  expect(views(caller('dave', 'devs'))).toMatchObject({
    tenants: [
      { name: 'gas', operations: {} },
      { name: 'oil', isOwned: true },
    ],
    clusterResources: [{ selector: { matchLabels: { shared: 'devs' } } }],
  });
  expect(namesOf(views(caller('alice')))).toEqual(['oil']);
});

test('one in a namespace without a tenant gives nothing', () => {
  const elsewhere = setting('elsewhere', { ...user('carol'), clusterResources: [rule('all')] });
  const view = viewsOf({ proxySettings: watched(elsewhere) })(caller('carol'));
  expect(view).toMatchObject({ tenants: [], clusterResources: [] });
});

test('settings count as long as they say so', () => {
  const settings = watched();
  const views = viewsOf({ proxySettings: settings });
  expect(namesOf(views(caller('carol')))).toEqual([]);
  settings.put(setting('gas-1', user('carol')));
  expect(namesOf(views(caller('carol')))).toEqual(['gas']);
  settings.put(setting('gas-1', user('dave')));
  expect(namesOf(views(caller('carol')))).toEqual([]);
  expect(namesOf(views(caller('dave')))).toEqual(['gas']);
  settings.drop();
  expect(namesOf(views(caller('dave')))).toEqual([]);
});

test('rules for everybody are for those that they name; what cannot be read gives nothing', () => {
  const views = viewsOf({
    globalProxySettings: watched(
      globals({ subjects: [devs], clusterResources: [rule('a'), rule('b')] }),
      { ...globals(), spec: { rules: 'all' } },
    ),
  });
  expect(views(caller('carol', 'devs')).clusterResources).toHaveLength(2);
  expect(views(caller('carol')).clusterResources).toEqual([]);
  expect(views({ user: 'carol', groups: ['devs'] }).clusterResources).toEqual([]);
});

test('where rules alone decide, what tenants show of classes and nodes does not count', () => {
  const views = viewsOf({ areRulesAlone: true });
  expect(views(caller('alice')).tenants).toMatchObject([{ name: 'oil', operations: {} }]);
});

test('reflected bindings show their namespace to users, groups and accounts', () => {
  const binding = (namespace: string, ...subjects: object[]): KubeObject => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: namespace, namespace },
    subjects,
  });
  const account = { kind: 'ServiceAccount', name: 'deployer', namespace: 'oil-1' };
  const views = viewsOf({
    reflectedBindings: watched(
      binding('gas-1', user('carol'), devs),
      binding('gas-2', user('carol'), account, { kind: 'ServiceAccount', name: 'carol' }),
    ),
  });
  expect(views(caller('carol')).reflected).toEqual(['gas-1', 'gas-2']);
  expect(views(caller('dave', 'devs')).reflected).toEqual(['gas-1']);
  expect(views(caller('system:serviceaccount:oil-1:deployer')).reflected).toEqual(['gas-2']);
  expect(views(caller('deployer')).reflected).toEqual([]);
  expect(viewsOf()(caller('carol')).reflected).toEqual([]);
});
