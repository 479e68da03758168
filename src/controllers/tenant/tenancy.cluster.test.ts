import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { home, startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';

let harness: TenancyPlane;

beforeAll(async () => {
  harness = await startTenancyPlane({ allowServiceAccountPromotion: true });
});
afterAll(() => harness?.[Symbol.asyncDispose]());

const asOwner = (name: string) => ({ as: name, asGroups: [harness.group] });
const create = (name: string, of: string, owner: string) =>
  harness.kubectl(['create', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'capsule.clastix.io/tenant': of } },
    }),
    ...asOwner(owner),
  });
const bindingsIn = async (namespace: string) => {
  const { items = [] } = await harness.get('-n', namespace, 'rolebinding');
  return items.map((binding) => {
    const { roleRef, subjects } = binding as unknown as {
      roleRef: { name: string };
      subjects: { name: string }[];
    };
    return `${roleRef.name}:${subjects.map(({ name }) => name).join(',')}`;
  });
};

/** As Capsule calls what is no quota. */
const tenantFamilies = [
  ...['config', 'global_resource', 'resource', 'rulestatus', 'tenant', 'tenant_namespace'].map(
    (what) => `capsule_${what}_condition`,
  ),
  'capsule_tenant_namespace_count',
  'capsule_tenant_namespace_relationship',
  'capsule_tenant_resource_limit',
  'capsule_tenant_resource_usage',
  'capsule_tenantowner_condition',
];

/** Takes a namespace out of its tenant. */
const release = JSON.stringify({
  metadata: { labels: { 'capsule.clastix.io/tenant': null }, ownerReferences: null },
});
const onlyStatus = new Set(['patch tenants.capsule.clastix.io status']);

/** What a Tenant that is as it should be costs when somebody asks for a reconcile. */
async function requestsOfLookingAt(tenant: string): Promise<Set<string>> {
  const now = freshName('now');
  const ask = ['annotate', '--overwrite', 'tenant', tenant];
  harness.requests.length = 0;
  await harness.kubectlOk([...ask, `reconcile.fluxcd.io/requestedAt=${now}`]);
  await eventually('it was looked at', async () => {
    const { status } = await harness.get('tenant', tenant);
    return (status as { lastHandledReconcileAt?: string }).lastHandledReconcileAt === now;
  });
  // Watches go on, and whether kinds of others are served is asked now and then, whatever changes.
  const always = /^(watch |raw \/apis?$)/;
  return new Set(harness.requests.filter((request) => !always.test(request)));
}

/** What other tests left to be done may come between. */
const costsNothing = (tenant: string) =>
  eventually('no other request is made', async () => {
    expect(await requestsOfLookingAt(tenant)).toEqual(onlyStatus);
    return true;
  });

describe('a tenant', () => {
  const oil = freshName('oil');
  const alice = freshName('alice');
  const name = `${oil}-apps`;
  const owners = [{ kind: 'User', name: alice }];

  test('lets its owner create a namespace, and gives the owner its roles there', async () => {
    await harness.tenant(oil, {
      owners: [{ kind: 'User', name: alice, labels: { team: 'a' } }],
      nodeSelector: { pool: 'oil' },
      namespaceOptions: { additionalMetadata: { labels: { team: '{{ tenant.name }}' } } },
      networkPolicies: { items: [{ podSelector: {}, policyTypes: ['Ingress'] }] },
      limitRanges: { items: [{ limits: [{ type: 'Pod', max: { cpu: '1000m' } }] }] },
    });
    await eventually('the owner may', async () => (await create(name, oil, alice)).code === 0);
    await eventually('the owner works in it', async () => {
      const settings = ['-n', name, 'create', 'configmap', 'settings'];
      return (await harness.kubectl(settings, asOwner(alice))).code === 0;
    });
    const namespace = await eventually('the namespace is claimed', async () => {
      const found = await harness.get('namespace', name);
      return found.metadata.ownerReferences && found;
    });
    expect(namespace.metadata.labels).toMatchObject({ team: oil });
    expect(namespace.metadata.annotations).toMatchObject({
      'scheduler.alpha.kubernetes.io/node-selector': 'pool=oil',
    });
    expect(namespace.metadata.ownerReferences).toMatchObject([{ kind: 'Tenant', name: oil }]);
    const policy = await harness.get('-n', name, 'networkpolicy', `capsule-${oil}-0`);
    expect(policy.metadata.labels).toEqual({
      'projectcapsule.dev/tenant': oil,
      'projectcapsule.dev/managed-by': 'controller',
      'capsule.clastix.io/network-policy': '0',
      'capsule.clastix.io/managed-by': oil,
    });
    await eventually('both roles are labelled', async () => {
      const { items = [] } = await harness.get('-n', name, 'rolebinding');
      return items.map(({ metadata }) => metadata.labels?.['team']).join() === 'a,a';
    });
    const { status } = await eventually('the status says so', async () => {
      const found = await harness.get('tenant', oil);
      return (found['status'] as { size: number }).size === 1 && found;
    });
    expect(status).toMatchObject({ size: 1, namespaces: [name], state: 'Active' });
    const told = await eventually('it is told', async () => {
      const found = harness.events.filter(({ about }) => about === `Namespace/${name}`);
      return found.length > 0 && found;
    });
    expect(new Set(told.map(({ reason }) => reason))).toEqual(new Set(['TenantAssigned']));
  });

  test('is counted as Capsule counts tenants', async () => {
    const lines = [
      `capsule_tenant_namespace_count{tenant="${oil}"} 1`,
      `capsule_tenant_namespace_relationship{tenant="${oil}",target_namespace="${name}"} 1`,
      `capsule_tenant_namespace_condition{tenant="${oil}",target_namespace="${name}",condition="Ready"} 1`,
      `capsule_tenant_condition{tenant="${oil}",condition="Ready"} 1`,
      `capsule_tenant_condition{tenant="${oil}",condition="Cordoned"} 0`,
      `capsule_config_condition{name="${harness.configuration}",condition="Ready"} 1`,
    ];
    const text = await eventually('it is counted', async () => {
      const found = await harness.metrics.text();
      for (const line of lines) expect(found).toContain(line);
      return found;
    });
    // One that is declared twice would be told once only.
    const declared = [...text.matchAll(/^# TYPE (capsule_\S+) gauge$/gm)].map(
      ([, family]) => family,
    );
    const ofTenants = declared.filter((family) => !/_(quota|pool|claim)_/.test(`${family}_`));
    expect(new Set(ofTenants)).toEqual(new Set(tenantFamilies));
    expect(declared).toHaveLength(new Set(declared).size);
  });

  test('says no to everybody else', async () => {
    const stranger = freshName('bob');
    expect(await create(`${oil}-more`, oil, stranger)).toMatchObject({ code: 1 });
    expect(
      await harness.kubectl(['-n', name, 'get', 'configmaps'], asOwner(stranger)),
    ).toMatchObject({ code: 1 });
  });

  test('puts back what somebody takes away', async () => {
    await harness.kubectlOk(['-n', name, 'delete', 'rolebindings', '--all']);
    await eventually('the bindings are back', async () => (await bindingsIn(name)).length === 2);
  });

  test('takes off the label that Capsule once put on what it managed', async () => {
    const policy = ['-n', name, 'networkpolicy', `capsule-${oil}-0`];
    await harness.kubectlOk(['label', ...policy, `capsule.clastix.io/tenant=${oil}`]);
    await eventually('the label is gone', async () => {
      const { metadata } = await harness.get(...policy);
      return metadata.labels?.['capsule.clastix.io/tenant'] === undefined;
    });
  });

  test('takes away what its spec no longer has', async () => {
    await harness.tenant(oil, { owners });
    await eventually('the policies are gone', async () => {
      const { items } = await harness.get('-n', name, 'networkpolicy,limitrange');
      return items?.length === 0;
    });
    await eventually('the label is gone', async () => {
      const { metadata } = await harness.get('namespace', name);
      return metadata.labels?.['team'] === undefined;
    });
  });

  test('takes away metadata that somebody else wrote first, too', async () => {
    const stage = { labels: { stage: 'prod' } };
    await harness.kubectlOk(['label', 'namespace', name, 'stage=prod']);
    await harness.tenant(oil, { owners, namespaceOptions: { additionalMetadata: stage } });
    await eventually('it is managed', async () => {
      const { status } = await harness.get('tenant', oil);
      const [space] = (status as { spaces: { metadata?: typeof stage }[] }).spaces;
      return space?.metadata?.labels['stage'] === 'prod';
    });
    await harness.tenant(oil, { owners });
    await eventually('the label is gone', async () => {
      const { metadata } = await harness.get('namespace', name);
      return metadata.labels?.['stage'] === undefined;
    });
  });

  test('costs nothing when nothing changes', async () => {
    await costsNothing(oil);
  });

  test('costs nothing when nothing changes and nobody owns it', async () => {
    const orphan = freshName('orphan');
    await harness.tenant(orphan, {});
    await costsNothing(orphan);
  });

  test('gets no further namespace while it is cordoned', async () => {
    await harness.tenant(oil, { owners, cordoned: true });
    await eventually('it is refused', async () => {
      const { code, stderr } = await create(freshName(oil), oil, alice);
      return code === 1 && stderr.includes('takes no further namespace');
    });
    const told = (reason: string) =>
      harness.events.some((event) => event.about === `Tenant/${oil}` && event.reason === reason);
    await eventually('it is told', () => Promise.resolve(told('Cordoned')));
    await harness.tenant(oil, { owners });
    await eventually('it is told', () => Promise.resolve(told('UnCordoned')));
    await eventually('it is uncordoned', async () => {
      const { metadata } = await harness.get('namespace', name);
      return metadata.labels?.['projectcapsule.dev/cordoned'] === undefined;
    });
  });

  test('leaves nothing behind in a namespace that an administrator takes out of it', async () => {
    await harness.kubectlOk(['patch', 'namespace', name, '--type=merge', '-p', release]);
    await eventually('nothing is left', async () => {
      const { items } = await harness.get('-n', name, 'rolebinding,rulestatus');
      return items?.length === 0;
    });
    await harness.kubectlOk(['label', 'namespace', name, `capsule.clastix.io/tenant=${oil}`]);
    await eventually('it is back', async () => (await bindingsIn(name)).length === 2);
  });

  test('takes its namespaces along when it is deleted', async () => {
    await harness.kubectlOk(['delete', 'tenant', oil, '--timeout=240s']);
    const { code } = await harness.kubectl(['get', 'namespace', name]);
    expect(code).toBe(1);
  });
});

test('says whose accounts live in it, as long as they do', async () => {
  const gas = freshName('gas');
  const may = async (namespace: string) => {
    const account = { as: `system:serviceaccount:${namespace}:default` };
    const asked = ['auth', 'can-i', 'use', `capsuleconfigurations/${harness.configuration}`];
    return (await harness.kubectl(['-n', home, ...asked], account)).code === 0;
  };
  await harness.tenant(gas, {});
  const [stays, leaves] = [
    await harness.freshNamespace(gas),
    await harness.freshNamespace(gas),
  ] as const;
  await eventually('both are known', async () => (await may(stays)) && (await may(leaves)));
  expect(await may(home)).toBe(false);
  await harness.kubectlOk(['patch', 'namespace', leaves, '--type=merge', '-p', release]);
  await eventually('one is known no more', async () => !(await may(leaves)));
  expect(await may(stays)).toBe(true);
  await harness.kubectlOk(['delete', 'tenant', gas, '--wait=false']);
  await eventually('nor is the other', async () => !(await may(stays)));
});

describe('a ServiceAccount of a tenant', () => {
  const gas = freshName('gas');
  let apps: string;
  let tests: string;
  const promoted = () => `system:serviceaccount:${apps}:ci`;

  beforeAll(async () => {
    await harness.tenant(gas, {
      owners: [{ kind: 'User', name: freshName('gary') }],
      rules: [
        {
          namespaceSelector: { matchLabels: { stage: 'test' } },
          permissions: { promotions: [{ clusterRoles: ['view'] }] },
        },
      ],
    });
    apps = await harness.freshNamespace(gas);
    tests = await harness.freshNamespace(gas, { stage: 'test' });
    await harness.kubectlOk(['-n', apps, 'create', 'serviceaccount', 'ci']);
    await harness.kubectlOk(['-n', tests, 'create', 'serviceaccount', 'ci']);
  });

  const owns = async () => {
    const { code } = await harness.kubectl(
      ['auth', 'can-i', 'own', `tenants.capsule.clastix.io/${gas}`],
      { as: promoted() },
    );
    return code === 0;
  };
  const label = (namespace: string, ...labels: string[]) =>
    harness.kubectlOk(['-n', namespace, 'label', 'serviceaccount', 'ci', ...labels]);

  test('becomes an owner by its label, and may ask for namespaces', async () => {
    expect(await owns()).toBe(false);
    await label(apps, 'owner.projectcapsule.dev/promote=true');
    await eventually('it owns the tenant', owns);
    await eventually('it may create namespaces', async () => {
      const { code } = await harness.kubectl(['auth', 'can-i', 'create', 'namespaces'], {
        as: promoted(),
      });
      return code === 0;
    });
    await eventually('it has the roles of the promoted', async () => {
      const bindings = await bindingsIn(apps);
      return bindings.includes('capsule-namespace-deleter:ci');
    });
  });

  test('is one no longer where the tenant does not allow it', async () => {
    const spec = { permissions: { allowOwnerPromotion: false } };
    await harness.kubectlOk([
      'patch',
      'tenant',
      gas,
      '--type=merge',
      '-p',
      JSON.stringify({ spec }),
    ]);
    await eventually('it owns nothing', async () => !(await owns()));
    await eventually('it may create nothing', async () => {
      const { code } = await harness.kubectl(['auth', 'can-i', 'create', 'namespaces'], {
        as: promoted(),
      });
      return code !== 0;
    });
  });

  test('gets what rules promise it, in the namespaces of the rule only', async () => {
    await label(tests, 'projectcapsule.dev/promote=true');
    await eventually('it has the role', async () => {
      return (await bindingsIn(tests)).includes('view:ci');
    });
    expect(await bindingsIn(apps)).not.toContain('view:ci');
    const { status } = await eventually('the status says so', async () => {
      const found = await harness.get('tenant', gas);
      return (found['status'] as { promotions?: unknown }).promotions !== undefined && found;
    });
    expect(status).toMatchObject({
      promotions: [
        {
          kind: 'ServiceAccount',
          name: `system:serviceaccount:${tests}:ci`,
          clusterRoles: ['view'],
          targets: [tests],
        },
      ],
    });
    await label(tests, 'projectcapsule.dev/promote-');
    await eventually('it has lost the role', async () => {
      return !(await bindingsIn(tests)).includes('view:ci');
    });
  });
});

test('what a Tenant gives besides is in each namespace, labelled, and goes when the Tenant says so', async () => {
  const plus = freshName('plus');
  const owners = [{ kind: 'User', name: freshName('alice') }];
  const group = (name: string) => ({
    kind: 'Group',
    name,
    apiGroup: 'rbac.authorization.k8s.io',
  });
  await harness.tenant(plus, {
    owners,
    additionalRoleBindings: [
      { clusterRoleName: 'view', subjects: [group('auditors')], labels: { why: 'audit' } },
    ],
    rules: [
      { permissions: { bindings: [{ clusterRoleName: 'edit', subjects: [group('testers')] }] } },
    ],
    resourceQuotas: { scope: 'Namespace', items: [{ hard: { pods: '3' } }] },
    limitRanges: { items: [{ limits: [{ type: 'Pod', max: { cpu: '1' } }] }] },
  });
  const name = await harness.freshNamespace(plus);
  const wanted = ['edit:testers', 'view:auditors'];
  await eventually('the bindings are there', async () => {
    const found = await bindingsIn(name);
    return wanted.every((each) => found.includes(each));
  });
  const { items = [] } = await harness.get('-n', name, 'rolebinding', '-l', 'why=audit');
  expect(items).toHaveLength(1);
  const copied = (kind: string) => harness.get('-n', name, kind, `capsule-${plus}-0`);
  expect(await copied('resourcequota')).toMatchObject({
    metadata: { labels: { 'capsule.clastix.io/resource-quota': '0' } },
    spec: { hard: { pods: '3' } },
  });
  expect(await copied('limitrange')).toMatchObject({
    metadata: { labels: { 'capsule.clastix.io/limit-range': '0' } },
    spec: { limits: [{ type: 'Pod', max: { cpu: '1' } }] },
  });
  await harness.tenant(plus, { owners });
  await eventually('nothing of it is left', async () => {
    const found = await bindingsIn(name);
    const { items: objects } = await harness.get('-n', name, 'resourcequota,limitrange');
    return !wanted.some((each) => found.includes(each)) && objects?.length === 0;
  });
});
