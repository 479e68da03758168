import * as fc from 'fast-check';

/** Rules of tenants as users write them, over few values, so that objects meet them often. */

const match = (values: readonly string[], expressions: readonly string[]) =>
  fc
    .record({
      exact: fc.option(fc.subarray([...values], { minLength: 1, maxLength: 2 }), {
        nil: undefined,
      }),
      exp: fc.option(fc.constantFrom(...expressions), { nil: undefined }),
      negate: fc.boolean(),
    })
    .map(({ exact, exp, negate }) => ({
      ...(exact ? { exact } : exp === undefined ? { exact: [values[0]] } : {}),
      ...(exp !== undefined && { exp }),
      ...(negate && { negate }),
    }));
const some = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 2 });

export const imageNames = [
  'nginx',
  'nginx:1.27',
  'docker.io/library/nginx',
  'harbor.example.com/team/app:1',
  'harbor.example.com:5000/team/app',
  'evil.io/harbor.example.com/app',
  'HARBOR.example.com/team/app',
  `harbor.example.com/app@sha256:${'a'.repeat(64)}`,
  'häfen.example/app',
];
const imageMatch = match(imageNames, [
  '^harbor\\.example\\.com/',
  'harbor\\.example\\.com/.*',
  '^[^/]+$',
  '(?i)^harbor',
  '@sha256:[0-9a-f]{64}$',
  '^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?(:[0-9]+)?/',
  '^\\pL+',
]);
export const schedulerNames = ['default-scheduler', 'batch', 'team-a', 'Batch'];
export const hosts = [
  'a.example.com',
  'b.example.com',
  '*.example.com',
  'example.org',
  'x.a.example.com',
];
const hostnames = match(hosts, ['^[a-z]+\\.example\\.com$', 'example\\.com', '^\\*\\.', '\\.org$']);
const targets = [
  'pod',
  'pod/containers',
  'pod/initcontainers',
  'pod/ephemeralcontainers',
  'pod/volumes',
];

const amounts = ['100m', '1', '2'];
const requestPolicy = fc.oneof(
  fc.constantFrom({ policy: 'Preserve' }, { policy: 'Remove' }),
  fc.constantFrom(...amounts).map((value) => ({ policy: 'Default', value })),
);
const limitPolicy = fc.oneof(
  fc.constantFrom({ policy: 'Preserve' }, { policy: 'Remove' }, { policy: 'MatchRequest' }),
  fc.constantFrom(...amounts).map((value) => ({ policy: 'Default', value })),
  fc.constantFrom('1', '1.5', '3').map((value) => ({ policy: 'Ratio', value })),
);
const names = fc.constantFrom('cpu', 'memory', 'ephemeral-storage');

const workloads = fc.record(
  {
    targets: fc.subarray(targets, { minLength: 1 }),
    registries: some(
      fc
        .tuple(imageMatch, fc.constantFrom([], ['Always'], ['IfNotPresent', 'Never']))
        .map(([image, policy]) => ({ ...image, policy })),
    ),
    schedulers: some(match(schedulerNames, ['^team-', '(?i)^batch$'])),
    qosClasses: fc.subarray(['Guaranteed', 'Burstable', 'BestEffort'], { minLength: 1 }),
  },
  { requiredKeys: [] },
);

/** Requests and limits are ruled apart from the rest, for what they change changes the class of a pod. */
const resources = fc.record({
  targets: fc.constantFrom(
    ['pod/containers'],
    ['pod/containers', 'pod/initcontainers'],
    ['pod/initcontainers'],
  ),
  resources: fc.record({
    requests: fc.dictionary(names, requestPolicy, { minKeys: 1, maxKeys: 2 }),
    limits: fc.dictionary(names, limitPolicy, { minKeys: 1, maxKeys: 2 }),
  }),
});

const services = fc.record(
  {
    types: fc.subarray(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], { minLength: 1 }),
    loadBalancers: fc.record({
      cidrs: fc.subarray(['10.0.0.0/8', '10.1.0.0/16', '192.0.2.7', '2001:db8::/32'], {
        minLength: 1,
      }),
    }),
    externalNames: fc.record({ hostnames: some(hostnames) }),
    nodePorts: fc.record({
      ports: some(fc.constantFrom({ from: 31000, to: 31100 }, { from: 31050, to: 31050 })),
    }),
  },
  { requiredKeys: [] },
);

const ingress = fc.record({
  types: fc.constantFrom(['Ingress'], ['Ingress', 'HTTPRoute'], ['Gateway']),
  hostnames: some(hostnames),
});

export const values = ['a', 'b', 'A', 'prod-1', 'ä'];
export const keys = [
  'team',
  'example.com/team',
  'example.com/cost',
  'Team',
  'capsule.clastix.io/tenant',
];
const keyRule = fc.record(
  { required: fc.boolean(), values: some(match(values, ['^[ab]$', '^prod-[0-9]+$', '(?i)^a$'])) },
  { requiredKeys: [] },
);
const keyRules = fc.dictionary(
  fc.constantFrom(...keys, 'example.com/*', 'example\\.(com|org)/.+', 'te.m'),
  keyRule,
  { minKeys: 1, maxKeys: 2 },
);
const metadata = fc.record(
  {
    kinds: fc.constantFrom(['ConfigMap'], ['*'], ['Secret', 'Config*'], ['Service']),
    apiGroups: fc.constantFrom([], ['v1'], ['*'], ['apps'], ['', 'apps/v1']),
    labels: keyRules,
    annotations: keyRules,
  },
  { requiredKeys: ['kinds', 'labels'] },
);

const enforce = fc.record(
  {
    action: fc.constantFrom('allow', 'deny', 'audit', 'allow'),
    workloads: fc.oneof(workloads, resources),
    services,
    ingress,
    metadata: some(metadata),
  },
  { requiredKeys: ['action'] },
);

/** Whom rules are about: names of users, groups and classes that the test gives its users. */
export const audiences = [
  { kind: 'User', name: 'alice' },
  { kind: 'Group', name: 'developers' },
  { kind: 'Custom', name: 'TenantOwner' },
  { kind: 'Custom', name: 'CapsuleUser' },
  { kind: 'Custom', name: 'Administrator' },
];
const audience = fc.subarray(audiences, { minLength: 1, maxLength: 2 });

/** The rules of one namespace. */
export const ruleLists = fc.array(fc.record({ enforce, audience }, { requiredKeys: ['enforce'] }), {
  minLength: 1,
  maxLength: 5,
});
