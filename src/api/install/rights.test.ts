import { describe, expect, test } from 'vitest';
import { auditExtraKeys } from '../../access/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { kinds } from '../kinds.ts';
import { auditExtraResources } from './manager-rights.ts';
import { installManifests } from './manifests.ts';
import { defaultInstallOptions, type InstallOptions } from './options.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}
interface Binding extends KubeObject {
  roleRef: { kind: string; name: string };
  subjects: { kind: string; name: string; namespace: string }[];
}

function rightsOf(options: Partial<InstallOptions> = {}) {
  const manifests = installManifests({ ...defaultInstallOptions, ...options });
  const roles = manifests.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
  const bindings = manifests.filter(({ kind }) => kind.endsWith('Binding')) as Binding[];
  const bound = new Set(bindings.map(({ roleRef }) => `${roleRef.kind}/${roleRef.name}`));
  return { roles, bindings, bound };
}
const rulesOf = (role: KubeObject) => (role['rules'] ?? []) as Rule[];

/** `group/resource:verb` for each right of a role. */
function flatten(role: KubeObject): string[] {
  return rulesOf(role).flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource}:${verb}`)),
    ),
  );
}

/** The manager's rights, wherever they hold: its own roles, and what the watcher aggregates. */
function managerRights(options: Partial<InstallOptions> = {}): string[] {
  const { roles } = rightsOf(options);
  return roles.filter(({ metadata }) => metadata.name.startsWith('tenantry')).flatMap(flatten);
}

describe("the manager's rights", () => {
  test('change nothing but our kinds, events, leases and token reviews', () => {
    const changing = managerRights().filter(
      (right) => !/:(get|list|watch|impersonate)$/.test(right),
    );
    const own = kinds.flatMap(({ group, plural }) => [
      `${group}/${plural}:patch`,
      `${group}/${plural}/status:patch`,
    ]);
    expect(changing.sort()).toEqual(
      [
        ...own,
        '/events:create',
        '/events:patch',
        'authentication.k8s.io/tokenreviews:create',
        'coordination.k8s.io/leases:create',
        'coordination.k8s.io/leases:update',
      ].sort(),
    );
  });

  test('mint tokens of ServiceAccounts only where components run apart', () => {
    const tokens = (options: Partial<InstallOptions>) =>
      managerRights(options).filter((right) => right.startsWith('/serviceaccounts/token'));
    expect(tokens({})).toEqual([]);
    expect(tokens({ separateComponents: true })).toEqual(['/serviceaccounts/token:create']);
  });

  test('impersonate ServiceAccounts and the audit keys, never users or groups', () => {
    expect(
      managerRights()
        .filter((right) => right.endsWith(':impersonate'))
        .sort(),
    ).toEqual([
      '/serviceaccounts:impersonate',
      'authentication.k8s.io/userextras/tenantry.dev/commit:impersonate',
      'authentication.k8s.io/userextras/tenantry.dev/object:impersonate',
      'authentication.k8s.io/userextras/tenantry.dev/tenant:impersonate',
    ]);
  });

  test('cover every key that an identity may carry into the audit log', () => {
    expect(new Set(auditExtraResources)).toEqual(
      new Set(Object.values(auditExtraKeys).map((key) => `userextras/${key}`)),
    );
  });

  test('hold no wildcard, and read Secrets one by one', () => {
    expect(managerRights().filter((right) => right.includes('*'))).toEqual([]);
    expect(managerRights().filter((right) => right.startsWith('/secrets'))).toEqual([
      '/secrets:get',
    ]);
  });

  test('are bound to its own ServiceAccount and to nobody else', () => {
    const { bindings } = rightsOf({ namespace: 'gitops' });
    const subjects = bindings.flatMap(({ subjects }) => subjects);
    expect(new Set(subjects.map((subject) => JSON.stringify(subject)))).toEqual(
      new Set([JSON.stringify({ kind: 'ServiceAccount', name: 'tenantry', namespace: 'gitops' })]),
    );
    expect(bindings.map(({ roleRef }) => roleRef.name)).not.toContain('cluster-admin');
  });

  test('each carry their reason', () => {
    for (const role of rightsOf().roles) {
      if ('aggregationRule' in role) continue;
      const reasons = role.metadata.annotations?.['kubernetes.io/description'] ?? '';
      expect(reasons.trim().split('\n')).toHaveLength(rulesOf(role).length);
    }
  });

  test('every binding has its role', () => {
    const { roles, bound } = rightsOf();
    const known = new Set(roles.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
    expect([...bound].filter((role) => !known.has(role))).toEqual([]);
  });
});

describe("the proxy's rights", () => {
  const rightsAs = (name: string) =>
    rightsOf({ proxy: true, tenancy: true })
      .roles.filter(({ metadata }) => metadata.name === name)
      .flatMap(flatten);

  test('write nothing but what somebody else may', () => {
    const writes = rightsAs('capsule-proxy-flux-system').filter(
      (right) => !/:(get|list|watch)$/.test(right),
    );
    expect(writes.sort()).toEqual([
      '/groups:impersonate',
      '/serviceaccounts:impersonate',
      '/users:impersonate',
      'authentication.k8s.io/*:impersonate',
      'authentication.k8s.io/tokenreviews:create',
      'authorization.k8s.io/subjectaccessreviews:create',
    ]);
  });

  test('lend to a group what a Tenant can grant, and nothing else', () => {
    const granted = [
      '/nodes',
      '/persistentvolumes',
      'networking.k8s.io/ingressclasses',
      'node.k8s.io/runtimeclasses',
      'scheduling.k8s.io/priorityclasses',
      'storage.k8s.io/storageclasses',
    ].flatMap((kind) => ['delete', 'patch', 'update'].map((verb) => `${kind}:${verb}`));
    expect(rightsAs('capsule-proxy-granted-flux-system').sort()).toEqual(granted.sort());
  });

  test('are nobody’s else, and nobody’s without a proxy', () => {
    const { bindings } = rightsOf({ proxy: true, tenancy: true });
    const names = bindings
      .filter(({ roleRef }) => roleRef.name.startsWith('capsule-proxy'))
      .flatMap(({ subjects }) => subjects.map(({ name }) => name));
    expect(names).toEqual(['capsule-proxy', 'tenantry.dev:granted', 'capsule-proxy']);
    expect(rightsOf().roles.some(({ metadata }) => metadata.name.startsWith('capsule'))).toBe(
      false,
    );
  });
});

describe('with tenant namespaces', () => {
  const access = 'tenantry-tenant-access-flux-system';
  const bindingsOfAccess = (tenantNamespaces: string[]) =>
    rightsOf({ tenantNamespaces })
      .bindings.filter(({ roleRef }) => roleRef.name === access)
      .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'}`);

  test('impersonation and Secrets are bound there and at home, each once', () => {
    expect(bindingsOfAccess(['a', 'b', 'a'])).toEqual([
      'RoleBinding flux-system',
      'RoleBinding a',
      'RoleBinding b',
    ]);
  });

  test('none means everywhere', () => {
    expect(bindingsOfAccess([])).toEqual(['ClusterRoleBinding -']);
  });
});

describe("users' roles", () => {
  test('let editors deploy and viewers look, and nobody write a status', () => {
    const { roles } = rightsOf();
    const find = (name: string) => roles.find(({ metadata }) => metadata.name === name);
    const [edit, view] = [find('flux-edit-flux-system'), find('flux-view-flux-system')];
    expect(edit?.metadata.labels).toMatchObject({
      'rbac.authorization.k8s.io/aggregate-to-edit': 'true',
      'rbac.authorization.k8s.io/aggregate-to-admin': 'true',
    });
    expect(edit?.metadata.labels).not.toHaveProperty('rbac.authorization.k8s.io/aggregate-to-view');
    expect(view?.metadata.labels).toHaveProperty('rbac.authorization.k8s.io/aggregate-to-view');
    const rights = [edit, view].flatMap((role) => (role ? flatten(role) : []));
    expect(rights.filter((right) => right.includes('status') || right.includes('*'))).toEqual([]);
    expect(rights).toContain('kustomize.toolkit.fluxcd.io/kustomizations:create');
    expect(rights).toContain('source.toolkit.fluxcd.io/gitrepositories:watch');
  });
});

describe("the bridge's rights", () => {
  const rights = (options: Partial<InstallOptions> = {}) =>
    rightsOf({ gitops: false, bridge: true, ...options })
      .roles.filter(({ metadata }) => metadata.name.startsWith('tenantry-bridge'))
      .flatMap(flatten);

  test('are over credentials and roles, and end there', () => {
    const changing = rights().filter((right) => !/:(get|list|watch)$/.test(right));
    const over = (resource: string, ...verbs: string[]) =>
      verbs.map((verb) => `${resource}:${verb}`);
    const rbac = 'rbac.authorization.k8s.io';
    const write = ['create', 'patch', 'delete'];
    expect(changing.sort()).toEqual(
      [
        ...over('/serviceaccounts/token', 'create'),
        ...over('/secrets', ...write),
        ...over(`${rbac}/clusterroles`, ...write, 'bind', 'escalate'),
        ...over(`${rbac}/clusterrolebindings`, ...write),
        ...over(`${rbac}/rolebindings`, ...write),
        ...over('capsule.clastix.io/globaltenantresources', ...write),
        ...over('/events', 'create', 'patch'),
        ...over('events.k8s.io/events', 'create', 'patch'),
        ...over('coordination.k8s.io/leases', 'create', 'update'),
      ].sort(),
    );
  });

  test('change namespaces only where an installation asks for it', () => {
    const ofNamespaces = (options: Partial<InstallOptions>) =>
      rights(options).filter((right) => /namespaces:patch|administer/.test(right));
    expect(ofNamespaces({})).toEqual([]);
    expect(ofNamespaces({ managerArgs: ['--home-owner-reference=false'] })).toEqual([]);
    expect(ofNamespaces({ managerArgs: ['--home-owner-reference'] })).toEqual([
      '/namespaces:patch',
      'capsule.clastix.io/capsuleconfigurations:administer',
    ]);
  });

  test("are without the proxy's key: of its Secret only the authority is mounted", () => {
    const manifests = installManifests({ ...defaultInstallOptions, bridge: true });
    const deployment = manifests.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'tenantry-bridge',
    );
    expect(JSON.stringify(deployment)).toContain(
      '"secret":{"secretName":"capsule-proxy","items":[{"key":"ca","path":"ca"}]}',
    );
  });
});
