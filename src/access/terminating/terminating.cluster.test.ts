import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { ruleStatusName } from '../../api/capsule/rule-status.ts';
import { ingressPolicies } from '../ingresses/policies.ts';
import { podPolicies } from '../pods/policies.ts';
import { servicePolicies } from '../services/policies.ts';
import { Verb } from '../tenancy/vocabulary.ts';
import { claimPolicies } from '../volume-claims/policies.ts';
import { terminatingPolicies } from './policies.ts';

/**
 * A tenant that deletes its namespace and keeps what is in it by finalizers: its rules are gone, its
 * Services and Ingresses are served. No process of ours is running.
 */
let ring: FirstRing;
let namespace: string;
const held = { finalizers: ['example.com/held'] };
const rbac = 'rbac.authorization.k8s.io';

const kept = () => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace, ...held },
    spec: { ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace, ...held },
    spec: { ingressClassName: 'nginx', rules: [{ host: 'a.example' }] },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'web', namespace, ...held },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'fast',
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace, ...held },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'web', image: 'good.example/web' }],
    },
  },
];
/** Rights hold for as long as they are there, whether or not they are being deleted. */
const rights = () => [
  {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { name: 'held', namespace, ...held },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'held', namespace, ...held },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'held' },
    subjects: [{ kind: 'User', name: ring.user, apiGroup: rbac }],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: ring.configuration },
    rules: [
      {
        apiGroups: ['capsule.clastix.io'],
        resources: ['capsuleconfigurations'],
        resourceNames: [ring.configuration],
        verbs: [Verb.Use],
      },
    ],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: ring.configuration },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: ring.configuration },
    subjects: [{ kind: 'User', name: ring.user, apiGroup: rbac }],
  },
];

beforeAll(async () => {
  ring = await firstRing((configuration) => {
    const others = [
      ...podPolicies(),
      ...servicePolicies(),
      ...ingressPolicies(),
      ...claimPolicies(configuration),
    ];
    return [...others, ...terminatingPolicies(others, { configuration })];
  });
  namespace = await ring.namespace({
    hostnames: { names: ['a.example'], choices: 'a.example' },
    wildcardHostnames: false,
  });
  await apply(rights());
  await kubectlOk(['-n', namespace, 'wait', 'sa/default', '--for=create', '--timeout=240s']);
  await eventually('what is allowed is made', async () => {
    await apply(kept());
    return true;
  });
  await kubectlOk(['delete', 'namespace', namespace, '--wait=false']);
  // Without waiting for the cluster, which lets what is left of Pods end before.
  await kubectlOk(['-n', namespace, 'delete', 'rulestatus', ruleStatusName], { as: ring.user });
  await eventually('its rules are gone', async () => {
    const host = { spec: { rules: [{ host: 'victim.example' }] } };
    const { stderr } = await patch('ingress', host);
    return stderr.includes('the namespace is being deleted') && !stderr.includes('a.example');
  });
});
afterAll(async () => {
  for (const what of ['service', 'ingress', 'pvc', 'pod', 'role', 'rolebinding']) {
    const name = what.startsWith('role') ? 'held' : 'web';
    await kubectl(['-n', namespace, 'patch', what, name, '--type=merge', '-p', free]);
  }
  await kubectl(['delete', 'clusterrole,clusterrolebinding', ring.configuration]);
  await ring?.client.close();
});

const free = JSON.stringify({ metadata: { finalizers: null } });
const patch = (resource: string, body: object, ...more: string[]) => {
  const target = ['-n', namespace, 'patch', resource, 'web', '--type=merge', '--dry-run=server'];
  return kubectl([...target, '-p', JSON.stringify(body), ...more], { as: ring.user });
};
const annotations = (key: string, value: string | null) => ({
  metadata: { annotations: { [key]: value } },
});

describe('what is left in a namespace that ends', () => {
  test.each<[string, string, object, string[]?]>([
    ['a Service, another type', 'service', { spec: { type: 'NodePort' } }],
    ['a Service, an external IP', 'service', { spec: { externalIPs: ['10.2.0.1'] } }],
    [
      'a Service, another name',
      'service',
      { spec: { type: 'ExternalName', externalName: 'victim.example' } },
    ],
    ['a Service, what its load balancer reads', 'service', annotations('lb.example/public', 'yes')],
    [
      'a Service, the same by its status',
      'service',
      annotations('lb.example/public', ''),
      ['--subresource=status'],
    ],
    ["an Ingress, a victim's host", 'ingress', { spec: { rules: [{ host: 'victim.example' }] } }],
    ['an Ingress, another class', 'ingress', { spec: { ingressClassName: 'public' } }],
    [
      'an Ingress, another class by the old annotation',
      'ingress',
      annotations('kubernetes.io/ingress.class', 'public'),
    ],
    ["a claim, another's volume", 'pvc', { spec: { volumeName: 'theirs' } }],
    [
      'a claim, another class, by its status',
      'pvc',
      annotations('volume.beta.kubernetes.io/storage-class', 'gold'),
      ['--subresource=status'],
    ],
    [
      'a Pod, another image',
      'pod',
      { spec: { containers: [{ name: 'web', image: 'evil.example/web' }] } },
    ],
  ])('is not changed: %s', async (_, resource, body, more = []) => {
    const { code, stderr } = await patch(resource, body, ...more);
    expect(stderr).toContain('the namespace is being deleted');
    expect(code).toBe(1);
  });

  test.each(['service', 'ingress', 'pvc', 'pod'])('can end: %s', async (resource) => {
    expect(await patch(resource, { metadata: { finalizers: null } })).toMatchObject({ code: 0 });
    expect(await patch(resource, annotations('lb.example/public', null))).toMatchObject({
      code: 0,
    });
  });

  test('is changed by administrators', async () => {
    const spec = JSON.stringify({ spec: { ingressClassName: 'other' } });
    const args = ['patch', 'ingress', 'web', '--type=merge', '--dry-run=server', '-p', spec];
    await kubectlOk(['-n', namespace, ...args]);
  });
});

test('what is in a namespace that stays is judged by its rules alone', async () => {
  const live = await ring.namespace({ hostnames: { names: ['b.example'], choices: 'b.example' } });
  const name = freshName('web');
  const ingress = (host: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: live },
    spec: { ingressClassName: 'nginx', rules: [{ host }] },
  });
  await eventually('its rules are in force', async () => {
    await apply([ingress('b.example')], { as: ring.user });
    return true;
  });
  await apply(
    [{ ...ingress('b.example'), spec: { ...ingress('b.example').spec, ingressClassName: 'x' } }],
    {
      as: ring.user,
    },
  );
});
