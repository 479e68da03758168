import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { clusterRole, clusterRoleBinding } from '../tenancy/ownership.ts';
import { addressesByControllers, addressPolicies } from './address-policies.ts';

/** Having the nodes take a neighbour's traffic, by the status of a load balancer. No process of ours runs. */
let ring: FirstRing;
let namespace: string;
const victim = { status: { loadBalancer: { ingress: [{ ip: '10.96.0.1' }] } } };
const cloud = 'system:serviceaccount:kube-system:service-controller';
const provider = `system:serviceaccount:${freshName('metallb')}:controller`;

const service = () => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80 }] },
});

beforeAll(async () => {
  ring = await firstRing(addressPolicies);
  namespace = await ring.namespace();
  const [writes, reads] = [freshName('provider'), freshName('reader')];
  const services = (...verbs: string[]) => [
    { apiGroups: [''], resources: ['services', 'services/status'], verbs },
  ];
  const accounts = (...names: string[]) =>
    names.map((name) => ({ kind: 'ServiceAccount' as const, name }));
  await apply([
    service(),
    clusterRole({ name: writes }, services('patch')),
    clusterRoleBinding({ name: writes }, accounts(provider)),
    // kubectl reads before it patches; what else the cloud's controller may, Kubernetes gives it.
    clusterRole({ name: reads }, services('get')),
    clusterRoleBinding({ name: reads }, accounts(provider, cloud)),
  ]);
});
afterAll(() => ring?.client.close());

const status = ['--subresource=status', '--dry-run=server'];
const patch = (type: string, body: object, as: object) => {
  const what = ['--type', type, '-p', JSON.stringify(body)];
  return kubectl(['-n', namespace, 'patch', 'service', 'web', ...status, ...what], as);
};
const json = [{ op: 'add', path: '/status/loadBalancer', value: victim.status.loadBalancer }];

describe.each<[string, () => { as: string; asGroups?: string[] }]>([
  ['a user', () => ({ as: ring.user })],
  ['a member of a group', () => ({ as: freshName('bob'), asGroups: [ring.group] })],
  ['a ServiceAccount', () => ({ as: `system:serviceaccount:${namespace}:robot` })],
])('%s that may do everything in the namespace', (_, attacker) => {
  test('does not give its load balancer an address, in any way', async () => {
    const stored = JSON.parse(
      await kubectlOk(['-n', namespace, 'get', 'service', 'web', '-o', 'json']),
    ) as object;
    const whole = (args: string[], object: object) =>
      kubectl([...args, ...status, '-f', '-'], {
        ...attacker(),
        input: JSON.stringify(object),
      });
    const results = await Promise.all([
      patch('merge', victim, attacker()),
      patch('strategic', victim, attacker()),
      patch('json', json, attacker()),
      whole(['replace'], { ...stored, ...victim }),
      whole(['apply', '--server-side', '--field-manager=attacker'], { ...service(), ...victim }),
    ]);
    for (const result of results) {
      expect(result).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(addressesByControllers.message),
      });
    }
  });

  test('writes the rest of the status', async () => {
    const condition = { type: 'Seen', status: 'True', reason: 'Seen', message: '' };
    const conditions = [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }];
    expect(await patch('merge', { status: { conditions } }, attacker())).toMatchObject({ code: 0 });
  });
});

test.each([
  ['that provides load balancers', provider],
  ['of the cluster', cloud],
])('a controller %s gives addresses', async (_, as) => {
  expect(await patch('merge', victim, { as })).toMatchObject({ code: 0 });
});
