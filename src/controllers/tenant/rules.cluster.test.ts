import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { home, startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import { apiVersionOf, type KubeObject } from '../../kube/object.ts';

/**
 * From what somebody declares to what the API server refuses: the Tenant's rules by way of RuleStatus,
 * grants of sources by way of the first ring, and what Events tell.
 */
let cluster: TenancyPlane;
const [ruled, free] = [freshName('ruled'), freshName('free')];
const owner = (tenant: string) => ({ as: `owner-of-${tenant}`, asGroups: [cluster.group] });
const owners = (tenant: string) => [{ kind: 'User', name: `owner-of-${tenant}` }];
const [apps, other] = [`${ruled}-apps`, `${free}-apps`];

const tier = { default: 'free', values: [{ exact: ['free', 'paid'] }] };
const metadata = {
  kinds: ['Namespace'],
  labels: { tier, zone: { managed: 'eu' } },
  annotations: { centre: { required: true } },
};
const ofNamespaces = { enforce: { action: 'allow', metadata: [metadata] } };
const withoutNodePorts = { enforce: { services: { types: ['NodePort'] } } };

beforeAll(async () => {
  cluster = await startTenancyPlane();
  await cluster.tenant(ruled, { owners: owners(ruled), rules: [ofNamespaces, withoutNodePorts] });
  await cluster.tenant(free, { owners: owners(free) });
  await cluster.namespace(other, free, `owner-of-${free}`);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

interface Written {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}
const create = (name: string, of: string, written: Written = {}, as: object = owner(of)) => {
  const labels = { 'capsule.clastix.io/tenant': of, ...written.labels };
  const metadata = { name, annotations: written.annotations, labels };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata });
  return cluster.kubectl(['create', '-f', '-'], { input, ...as });
};

describe('rules about namespaces', () => {
  const annotations = { centre: '12' };

  test('hold from the first moment', async () => {
    await eventually('the owner may create one', async () => {
      return (await create(apps, ruled, { labels: { zone: 'us' }, annotations })).code === 0;
    });
    const { labels } = (await cluster.get('namespace', apps)).metadata;
    expect(labels).toMatchObject({ tier: 'free', zone: 'eu' });
    expect(
      await create(freshName(ruled), ruled, { labels: { tier: 'gold' }, annotations }),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"gold" at metadata.labels'),
    });
    expect(await create(freshName(ruled), ruled)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is required by namespace rule'),
    });
  });

  test('hold of changes, but for administrators, whose changes are looked at for the audit log, too', async () => {
    const label = (as: object = {}) =>
      cluster.kubectl(['label', 'namespace', apps, 'tier=gold', '--overwrite'], as);
    await eventually('the API server has the rules to look at', async () => {
      const { checks } = await cluster.get('-n', apps, 'rulestatus', 'capsule-managed-rules');
      return JSON.stringify(checks ?? {}).includes('paid');
    });
    expect(await label(owner(ruled))).toMatchObject({ code: 1 });
    expect(await label()).toMatchObject({ code: 0 });
  });

  test('are for the tenant’s own, and no law for administrators', async () => {
    const labels = { tier: 'gold' };
    expect(await create(freshName(free), free, { labels })).toMatchObject({ code: 0 });
    expect(await create(freshName(ruled), ruled, { labels }, {})).toMatchObject({ code: 0 });
  });
});

test('what is called after a namespace is so from the beginning when its name is made up', async () => {
  const named = freshName('named');
  const labels = { of: '{{ tenant.name }}', called: 'x-{{ namespace }}' };
  await cluster.tenant(named, {
    owners: owners(named),
    forceTenantPrefix: true,
    namespaceOptions: { additionalMetadata: { labels } },
  });
  const input = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { generateName: `${named}-` },
  });
  const made = await eventually('its owner creates it', async () => {
    const create = ['create', '-f', '-', '-o', 'json'];
    const { code, stdout } = await cluster.kubectl(create, { input, ...owner(named) });
    return code === 0 && (JSON.parse(stdout) as KubeObject);
  });
  const { name, labels: found } = made.metadata;
  expect(name).toMatch(new RegExp(`^${named}-[a-z0-9]{5}$`));
  expect(found).toMatchObject({
    of: named,
    called: `x-${name}`,
    'kubernetes.io/metadata.name': name,
  });
});

describe('rules about objects', () => {
  const nodePort = (namespace: string, tenant: string) =>
    cluster.kubectl(
      [
        '-n',
        namespace,
        'create',
        'service',
        'nodeport',
        freshName('web'),
        '--tcp=80',
        '--dry-run=server',
      ],
      owner(tenant),
    );
  const isRefused = async () => (await nodePort(apps, ruled)).stderr.includes('by namespace rule');

  test('are refused by the API server, and not where the neighbour is', async () => {
    await eventually('NodePorts are refused', isRefused);
    await eventually('the neighbour may', async () => (await nodePort(other, free)).code === 0);
  });

  test('change with the Tenant', async () => {
    const patch = async (rules: object[]) =>
      cluster.kubectlOk([
        'patch',
        'tenant',
        ruled,
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { rules } }),
      ]);
    await patch([ofNamespaces]);
    await eventually('NodePorts are allowed', async () => (await nodePort(apps, ruled)).code === 0);
    await patch([ofNamespaces, withoutNodePorts]);
    await eventually('NodePorts are refused again', isRefused);
  });
});

const source = (keys: readonly string[], { name = 'shared', namespace = home } = {}) => ({
  apiVersion: apiVersionOf(GitRepository.type),
  kind: GitRepository.kind,
  metadata: { name, namespace },
  spec: {
    url: 'https://git.example/shared',
    interval: '1h',
    accessFrom: {
      namespaceSelectors: [{ matchLabels: Object.fromEntries(keys.map((key) => [key, 'yes'])) }],
    },
  },
});
const label = (key: string) =>
  cluster.kubectl(['label', 'ns', other, `${key}=yes`, '--dry-run=server'], owner(free));
const isTaken = async (key: string) => (await label(key)).stderr.includes('administer');

test('a label that a source is shared by is refused to tenants, as long as it is', async () => {
  const share = (key: string) => cluster.apply([source([key])]);
  const [first, second] = ['share.example/first', 'share.example/second'];
  expect(await label(first)).toMatchObject({ code: 0 });
  await share(first);
  await eventually('the label is protected', () => isTaken(first));
  expect(await label(second)).toMatchObject({ code: 0 });
  await share(second);
  await eventually('the other one is', () => isTaken(second));
  await eventually('the first is free', async () => (await label(first)).code === 0);
});

test('the label by which Kubernetes lets a namespace into devices of others comes from the Tenant only', async () => {
  const access = 'resource.kubernetes.io/admin-access';
  expect(await label(access)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('devices that others use'),
  });
  const labels = { [access]: 'true' };
  expect((await create(freshName(free), free, { labels })).code).toBe(1);
  const trusted = freshName('trusted');
  const namespaceOptions = { additionalMetadata: { labels } };
  await cluster.tenant(trusted, { owners: owners(trusted), namespaceOptions });
  const name = `${trusted}-apps`;
  await cluster.namespace(name, trusted, `owner-of-${trusted}`);
  expect((await cluster.get('namespace', name)).metadata.labels).toMatchObject(labels);
});

const gas = freshName('gas');
const homeOfGas = `${gas}-system`;
/** What somebody is told who would make it in its own tenant. */
const attempt = async (of: string) => {
  const labels = { 'capsule.clastix.io/tenant': of };
  const metadata = { name: homeOfGas, labels };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata });
  const args = ['create', '--dry-run=server', '-f', '-'];
  const { stderr } = await cluster.kubectl(args, { input, ...owner(of) });
  return stderr;
};

describe('the namespace of an account that owns a tenant', () => {
  const accounts = [{ kind: 'ServiceAccount', name: `system:serviceaccount:${homeOfGas}:gitops` }];
  test('is not made by a neighbour, who would make the account, and own the tenant', async () => {
    await cluster.tenant(gas, { owners: [...owners(gas), ...accounts] });
    await eventually('the neighbour is refused', async () => {
      expect(await attempt(free)).toContain('kept for accounts that have rights in another tenant');
      return true;
    });
    await eventually('the tenant’s own owner is not', async () => (await attempt(gas)) === '');
  });

  test('is anybody’s once the account owns nothing', async () => {
    await cluster.tenant(gas, { owners: owners(gas) });
    await eventually('the neighbour is let', async () => (await attempt(free)) === '');
    // Any role it is given there counts.
    const subjects = [{ kind: 'ServiceAccount', name: 'gitops', namespace: homeOfGas }];
    const additionalRoleBindings = [{ clusterRoleName: 'view', subjects }];
    await cluster.tenant(gas, { owners: owners(gas), additionalRoleBindings });
    await eventually('the neighbour is refused again', async () => (await attempt(free)) !== '');
  });
});

describe('what is written into sources', () => {
  const [evil, named] = ["share.example/x\n'] || true || [\\", 'share.example/named'];

  test('by a tenant keeps no label from others, and nothing from being put in force', async () => {
    const namespace = freshName(ruled);
    expect(await create(namespace, ruled, {}, {})).toMatchObject({ code: 0 });
    const names = { name: 'evil', namespace };
    await cluster.apply([source([evil, 'team', 'tenant.example/x'], names)]);
    await cluster.apply([source([evil, named])]);
    // The policy is rewritten, though one grant that it is made from is not what it should be.
    await eventually('what the platform shares by is protected', () => isTaken(named));
    for (const key of ['team', 'tenant.example/x']) {
      expect(await label(key)).toMatchObject({ code: 0 });
    }
  });

  test('by the platform, more than a policy can name, keeps all labels from tenants', async () => {
    const keys = Array.from({ length: 1001 }, (_, index) => `share.example/key-${index}`);
    await cluster.apply([source(keys)]);
    await eventually('every label is protected', () => isTaken('any.example/label'));
    await cluster.apply([source([named])]);
    await eventually('labels are free', async () => (await label('any.example/label')).code === 0);
  });
});

describe('an Event', () => {
  const told = (name: string, more: object) =>
    eventually(`the event about ${name}`, async () => {
      const { items = [] } = await cluster.get('events.events.k8s.io', '-n', 'default');
      const event = items.find(
        ({ regarding, reportingController }) =>
          (regarding as { name: string }).name === name &&
          reportingController === 'controller.projectcapsule.dev',
      );
      if (!event) return false;
      expect(event).toMatchObject(more);
      return true;
    });

  test('tells of a namespace that was put into a tenant', async () => {
    const name = freshName(free);
    expect(await create(name, free)).toMatchObject({ code: 0 });
    await told(name, {
      action: 'Mutated',
      reason: 'TenantAssigned',
      type: 'Normal',
      reportingInstance: 'capsule-admission',
      metadata: {
        labels: {
          'projectcapsule.dev/managed-by': 'controller',
          'projectcapsule.dev/tenant': free,
        },
        annotations: {
          'audit.projectcapsule.dev/user': `owner-of-${free}`,
          'audit.projectcapsule.dev/operation': 'CREATE',
          'audit.projectcapsule.dev/request-uid': expect.stringMatching(
            /^[0-9a-f-]{36}$/,
          ) as string,
        },
      },
    });
  });

  test('is where the configuration says', async () => {
    const spec = JSON.stringify({ spec: { events: { namespace: home } } });
    const patch = ['patch', 'capsuleconfiguration', cluster.configuration, '--type=merge', '-p'];
    await cluster.kubectlOk([...patch, spec]);
    await eventually('it is heard', async () => {
      await create(freshName('elsewhere'), ruled, {}, owner(free));
      const { items = [] } = await cluster.get('events.events.k8s.io', '-n', home);
      return items.some(
        ({ action, regarding }) =>
          action === 'ValidationDenied' &&
          (regarding as { name: string }).name.startsWith('elsewhere'),
      );
    });
  });
});

test('an owner who lies in wait with a policy of the name the Tenant’s will have opens nothing by it', async () => {
  const sly = freshName('sly');
  await cluster.tenant(sly, { owners: owners(sly) });
  const name = `${sly}-apps`;
  await cluster.namespace(name, sly, `owner-of-${sly}`);
  const closed = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
  const policy = (index: number, more: object) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `capsule-${sly}-${index}`, namespace: name, ...more },
    spec: { ...closed, ingress: [{}], egress: [{}] },
  });
  const waiting = [
    policy(0, { finalizers: ['example.com/stay'] }),
    // Who wrote what is what a writer says: here, nobody wrote who may connect.
    policy(1, {}),
  ];
  await cluster.kubectlOk(['create', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: waiting }),
    ...owner(sly),
  });
  const nothing = { manager: 'nobody', operation: 'Update', apiVersion: 'networking.k8s.io/v1' };
  const managedFields = [{ ...nothing, fieldsType: 'FieldsV1', fieldsV1: { 'f:metadata': {} } }];
  const forge = ['-n', name, 'patch', 'networkpolicy', `capsule-${sly}-1`, '--type=merge', '-p'];
  await cluster.kubectlOk([...forge, JSON.stringify({ metadata: { managedFields } })], owner(sly));
  await cluster.tenant(sly, { owners: owners(sly), networkPolicies: { items: [closed, closed] } });
  await eventually('both are as the Tenant says, and nothing more', async () => {
    const { items = [] } = await cluster.get('-n', name, 'networkpolicy');
    expect(items.map(({ spec }) => spec)).toEqual([closed, closed]);
    expect(items.flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
    return true;
  });
});

test('with us stopped, a label is refused that rules would have to look at, and the home of a neighbour’s account', async () => {
  await cluster.stopComponent();
  const more = { labels: { tier: 'gold' }, annotations: { centre: '12' } };
  expect((await create(freshName(ruled), ruled, more)).code).toBe(1);
  expect(await attempt(free)).toContain('kept for accounts that have rights in another tenant');
});
