import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { auditEvents } from '../../../test/support/audit-log.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import type { KubeObject } from '../../kube/object.ts';
import { ingressPolicies } from '../ingresses/policies.ts';
import { metadataPolicies } from '../objects/metadata.ts';
import { podPolicies } from '../pods/policies.ts';
import { servicePolicies } from '../services/policies.ts';
import { rulePolicies } from './policies.ts';

/**
 * Getting past the rules of a tenant, as whoever may do everything in the namespace: every way of
 * writing, and every way of writing the same. No process of ours is running.
 */
let ring: FirstRing;
let namespace: string;

const workloads = {
  action: 'allow',
  workloads: {
    registries: [{ exp: '^good\\.example/', policy: ['Always'] }, { exact: ['plain'] }],
    schedulers: [{ exact: ['default-scheduler'] }],
  },
};
const rules = [
  { enforce: workloads },
  { enforce: { workloads: { registries: [{ exp: '^good\\.example/blocked' }] } } },
  {
    enforce: {
      workloads: {
        targets: ['pod/containers'],
        resources: {
          requests: { cpu: { policy: 'Default', value: '100m' } },
          limits: { cpu: { policy: 'Ratio', value: '1.5' }, memory: { policy: 'MatchRequest' } },
        },
      },
    },
  },
  {
    enforce: {
      action: 'allow',
      services: {
        types: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'],
        loadBalancers: { cidrs: ['10.1.0.0/16'] },
        externalNames: { hostnames: [{ exact: ['api.good.example'] }] },
        nodePorts: { ports: [{ from: 31900, to: 31999 }] },
      },
    },
  },
  { enforce: { services: { externalNames: { hostnames: [{ exact: ['db.bad.example'] }] } } } },
  {
    enforce: {
      action: 'allow',
      ingress: { types: ['Ingress'], hostnames: [{ exp: '^[a-z]+\\.good\\.example$' }] },
    },
  },
  {
    enforce: {
      action: 'allow',
      metadata: [
        {
          kinds: ['ConfigMap'],
          labels: {
            team: { required: true, values: [{ exact: ['a', 'b'] }] },
            stage: { default: 'dev' },
            owner: { managed: 'platform' },
          },
          annotations: { 'cost.example/center': { values: [{ exp: '^[0-9]{4}$' }] } },
        },
        { kinds: ['Namespace'], labels: { tier: { values: [{ exact: ['free', 'paid'] }] } } },
      ],
    },
  },
  { enforce: { action: 'audit', workloads: { registries: [{ exp: 'watched$' }] } } },
  {
    audience: [{ kind: 'ServiceAccount', name: 'system:serviceaccount:elsewhere:robot' }],
    enforce: { workloads: { registries: [{ exp: '.' }] } },
  },
];

const object = (apiVersion: string, kind: string, rest: object, metadata: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'web', namespace, ...metadata },
  ...rest,
});
const container = (image: string, more: object = {}) => ({
  name: 'web',
  image,
  imagePullPolicy: 'Always',
  ...more,
});
const pod = (image: string, more: object = {}, spec: object = {}) =>
  object('v1', 'Pod', { spec: { containers: [container(image, more)], ...spec } });
const port = { port: 80, protocol: 'TCP', targetPort: 80 };
const service = (spec: object) => object('v1', 'Service', { spec: { ports: [port], ...spec } });
const defaultBackend = { service: { name: 'web', port: { number: 80 } } };
const ingress = (hosts: string[], more: object = {}) =>
  object('networking.k8s.io/v1', 'Ingress', {
    spec: { rules: hosts.map((host) => (host === '' ? {} : { host })), ...more },
  });
const configMap = (labels: object, annotations: object = {}) =>
  object('v1', 'ConfigMap', { data: {} }, { labels, annotations });

beforeAll(async () => {
  ring = await firstRing((configuration) => [
    ...[podPolicies, servicePolicies, ingressPolicies, metadataPolicies].flatMap((each) => each()),
    ...rulePolicies(configuration),
  ]);
  [namespace = ''] = await ring.ruledNamespaces([rules]);
  await kubectlOk(['-n', namespace, 'wait', 'sa/default', '--for=create', '--timeout=240s']);
  await apply([
    pod('good.example/web'),
    service({}),
    ingress(['a.good.example']),
    configMap({ team: 'a' }),
  ]);
});
afterAll(() => ring?.client.close());

const attackers: [string, () => { as: string; asGroups?: string[] }][] = [
  ['a user', () => ({ as: ring.user })],
  ['a member of a group', () => ({ as: freshName('bob'), asGroups: [ring.group] })],
  ['a ServiceAccount', () => ({ as: `system:serviceaccount:${namespace}:robot` })],
];
/** A pod as it is, with another image: what else it says cannot be changed. */
async function livePod(image: string) {
  const live = JSON.parse(
    await kubectlOk(['-n', namespace, 'get', 'pod', 'web', '-o', 'json']),
  ) as KubeObject & { spec: { containers: object[] } };
  const containers = live.spec.containers.map((each) => ({ ...each, image }));
  return { ...live, spec: { ...live.spec, containers } };
}
const someone = () => ({ as: ring.user });

/** What the API server says of a new object; nothing stays. */
async function creating(what: object, name = freshName('case')): Promise<string> {
  const { metadata } = what as KubeObject;
  const input = JSON.stringify({ ...what, metadata: { ...metadata, name } });
  const { code, stderr } = await kubectl(['create', '--dry-run=server', '-f', '-'], {
    input,
    ...someone(),
  });
  return code === 0 ? 'allowed' : stderr;
}

describe.each(attackers)('%s', (_, attacker) => {
  const bad = () => [
    pod('evil.example/web'),
    service({ type: 'NodePort', ports: [{ ...port, nodePort: 30001 }] }),
    ingress(['a.evil.example']),
    configMap({ team: 'c' }),
  ];

  test('creates, replaces and applies nothing that rules refuse', async () => {
    for (const what of bad()) {
      const changed = what.kind === 'Pod' ? await livePod('evil.example/web') : what;
      const fresh = { ...what, metadata: { ...what.metadata, name: freshName('new') } };
      const refusals = [
        await kubectl(['create', '-f', '-'], { input: JSON.stringify(fresh), ...attacker() }),
        await kubectl(['replace', '-f', '-'], { input: JSON.stringify(changed), ...attacker() }),
        await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], {
          input: JSON.stringify(what),
          ...attacker(),
        }),
      ];
      for (const { code, stderr } of refusals) {
        expect(stderr).toMatch(/(Forbidden|forbidden).*namespace rule/s);
        expect(code).toBe(1);
      }
    }
  });

  test.each(['merge', 'strategic', 'json'])('patches nothing into it: %s', async (type) => {
    // The port is named: one that the API server chooses of an update may be among those allowed.
    const spec = { type: 'NodePort', ports: [{ ...port, nodePort: 30001 }] };
    const patches: [string, object, object][] = [
      [
        'pod',
        { spec: { containers: (await livePod('evil.example/web')).spec.containers } },
        { op: 'replace', path: '/spec/containers/0/image', value: 'evil.example/web' },
      ],
      ['service', { spec }, { op: 'replace', path: '/spec', value: spec }],
      [
        'ingress',
        { spec: { rules: [{ host: 'a.evil.example' }] } },
        { op: 'replace', path: '/spec/rules/0/host', value: 'a.evil.example' },
      ],
      [
        'configmap',
        { metadata: { labels: { team: 'c' } } },
        { op: 'remove', path: '/metadata/labels/team' },
      ],
    ];
    for (const [kind, merge, json] of patches) {
      const body = JSON.stringify(type === 'json' ? [json] : merge);
      const { code, stderr } = await kubectl(
        ['-n', namespace, 'patch', kind, 'web', `--type=${type}`, '-p', body],
        attacker(),
      );
      expect(stderr).toContain('namespace rule');
      expect(code).toBe(1);
    }
  });

  test('brings no image in by an ephemeral container', async () => {
    const body = {
      spec: { ephemeralContainers: [{ name: freshName('debug'), image: 'evil.example/debug' }] },
    };
    const args = [
      'patch',
      'pod',
      'web',
      '--subresource=ephemeralcontainers',
      '-p',
      JSON.stringify(body),
    ];
    const { code, stderr } = await kubectl(['-n', namespace, ...args], attacker());
    expect(stderr).toContain('registry "evil.example/debug" at ');
    expect(code).toBe(1);
  });

  test('does not resize a pod beyond its ratio', async () => {
    const body = { spec: { containers: [{ name: 'web', resources: { limits: { cpu: '4' } } }] } };
    const args = ['patch', 'pod', 'web', '--subresource=resize', '-p', JSON.stringify(body)];
    const { code, stderr } = await kubectl(['-n', namespace, ...args], attacker());
    expect(stderr).toContain('must not exceed 150m');
    expect(code).toBe(1);
  });
});

describe('forms of the same', () => {
  test.each([
    ['good.example/web', 'allowed'],
    ['good.example:5000/web', 'not allowed'],
    [`good.example/web@sha256:${'a'.repeat(64)}`, 'allowed'],
    ['plain', 'allowed'],
    ['plain:latest', 'not allowed'],
    ['docker.io/library/plain', 'not allowed'],
    ['evil.example/good.example/web', 'not allowed'],
    ['good.example.evil.example/web', 'not allowed'],
    ['GOOD.example/web', 'not allowed'],
    ['gооd.example/web', 'not allowed'],
    ['good.example/blocked', 'is denied by namespace rule: /^good\\.example/blocked/'],
  ])('image %s: %s', async (image, answer) => {
    expect(await creating(pod(image))).toContain(answer);
  });

  test('images of volumes and init containers count, and how they are pulled', async () => {
    const volumes = [{ name: 'v', image: { reference: 'evil.example/v', pullPolicy: 'Always' } }];
    expect(await creating(pod('good.example/web', {}, { volumes }))).toContain(
      '"evil.example/v" at volumes[0](v) is not allowed by namespace rule; allowed: ',
    );
    const initContainers = [{ ...container('evil.example/i'), name: 'i' }];
    expect(await creating(pod('good.example/web', {}, { initContainers }))).toContain(
      'at initContainers[0]',
    );
    expect(await creating(pod('good.example/web', { imagePullPolicy: 'Never' }))).toContain(
      'uses pullPolicy=Never, which is not allowed by namespace rule; allowed: Always',
    );
    expect(await creating(pod('plain', { imagePullPolicy: 'Never' }))).toBe('allowed');
  });

  test.each([
    ['api.good.example', 'allowed'],
    ['api.good.example.', 'allowed'],
    ['db.bad.example', 'is denied'],
    ['db.bad.example.', 'is denied'],
    ['other.example', 'not allowed'],
  ])('external name %s: %s', async (externalName, answer) => {
    const what = service({ type: 'ExternalName', externalName });
    expect(await creating(what)).toContain(answer);
  });

  test.each([
    [{ loadBalancerIP: '10.1.2.3' }, 'allowed'],
    [{ loadBalancerIP: '10.2.0.1' }, '"10.2.0.1" at spec.loadBalancerIP is not allowed'],
    [{ loadBalancerIP: '010.1.2.3' }, 'cannot be read'],
    [{ loadBalancerIP: '::ffff:10.1.2.3' }, 'cannot be read'],
    [
      { loadBalancerSourceRanges: ['10.0.0.0/8'] },
      'at spec.loadBalancerSourceRanges[0] is not allowed',
    ],
    [{}, 'must set spec.loadBalancerIP or spec.loadBalancerSourceRanges'],
  ])('load balancer %j: %s', async (spec, answer) => {
    const what = service({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ...spec });
    expect(await creating(what)).toContain(answer);
  });

  test.each([
    [['a.good.example'], {}, 'allowed'],
    [['*.good.example'], {}, 'not allowed'],
    [['a.good.example', 'b.bad.example'], {}, 'at spec.rules[1].host is not allowed'],
    [['a.b.good.example'], {}, 'not allowed'],
    [[''], {}, 'hostname is required at spec.rules[0].host'],
    [[], { defaultBackend }, 'hostname is required at spec.defaultBackend'],
    [['a.good.example'], { defaultBackend }, 'hostname is required at spec.defaultBackend'],
    // Names that only look different the API server does not take for hosts.
    [['A.good.example'], {}, 'Invalid value'],
    [['a.good.example.'], {}, 'Invalid value'],
  ])('hosts %j, %j: %s', async (hosts, more, answer) => {
    expect(await creating(ingress(hosts, more))).toContain(answer);
  });

  test.each([
    [{ team: 'a' }, {}, 'allowed'],
    [{ team: 'A' }, {}, 'metadata.labels["team"] is not allowed'],
    [{ team: '' }, {}, 'allowed'],
    [{ Team: 'a' }, {}, 'is required by namespace rule: metadata.labels["team"]'],
    [{}, {}, 'is required by namespace rule: metadata.labels["team"]'],
    [{ team: 'b' }, { 'cost.example/center': '12345' }, 'is not allowed'],
    [{ team: 'b' }, { 'cost.example/center': '1234\n' }, 'is not allowed'],
    [{ team: 'b' }, { 'cost.example/center': '1234' }, 'allowed'],
    [{ 'projectcapsule.dev/managed-by': 'resources' }, {}, 'is required'],
    [{ 'projectcapsule.dev/managed-by': 'Controller' }, {}, 'is required'],
  ])('labels %j, annotations %j: %s', async (labels, annotations, answer) => {
    expect(await creating(configMap(labels, annotations))).toContain(answer);
  });

  test('what a rule is not about goes on', async () => {
    expect(await creating(object('v1', 'Secret', {}))).toBe('allowed');
  });
});

describe('what rules put on objects', () => {
  const read = async (kind: string) =>
    JSON.parse(await kubectlOk(['-n', namespace, 'get', kind, 'web', '-o', 'json'])) as KubeObject;

  test('a default where there is nothing, a managed value always', async () => {
    expect((await read('configmap')).metadata.labels).toMatchObject({
      team: 'a',
      stage: 'dev',
      owner: 'platform',
    });
    await kubectlOk(
      ['-n', namespace, 'label', 'configmap', 'web', '--overwrite', 'stage=prod', 'owner=me'],
      someone(),
    );
    expect((await read('configmap')).metadata.labels).toMatchObject({
      stage: 'prod',
      owner: 'platform',
    });
  });

  test('requests by default, and limits that follow them', async () => {
    const { spec } = await read('pod');
    expect(spec).toMatchObject({
      containers: [{ resources: { requests: { cpu: '100m' }, limits: { cpu: '150m' } } }],
    });
    const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2' } };
    expect(await creating(pod('plain', { resources }))).toContain(
      'limit at spec.containers[0].resources.limits["cpu"] violates policy Ratio and is denied: it must not exceed 1500m',
    );
  });
});

test('what audit rules match is let through, and is in the audit log', async () => {
  const name = freshName('watched');
  expect(await creating(pod('good.example/watched'), name)).toBe('allowed');
  await eventually('the log has it', async () => {
    const told = (await auditEvents(namespace)).flatMap(({ annotations = {} }) =>
      Object.entries(annotations).filter(([key]) => key.endsWith('pods.tenantry.dev/images')),
    );
    return told.some(
      ([, text]) => text === 'images "good.example/watched" at containers[0] matched /watched$/',
    );
  });
});

describe('a namespace', () => {
  test('keeps to the rules about its own metadata, for whoever may write namespaces', async () => {
    const rbac = 'rbac.authorization.k8s.io';
    const name = freshName('namespaces');
    await apply([
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRole',
        metadata: { name },
        rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['*'] }],
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
        subjects: [{ apiGroup: rbac, kind: 'User', name: ring.user }],
      },
    ]);
    const label = (value: string) =>
      kubectl(['label', 'namespace', namespace, `tier=${value}`, '--overwrite'], someone());
    await eventually('the role is known', async () => (await label('free')).code === 0);
    const { code, stderr } = await label('gold');
    expect(stderr).toContain('"gold" at metadata.labels["tier"] is not allowed by namespace rule');
    expect(code).toBe(1);
  });
});
