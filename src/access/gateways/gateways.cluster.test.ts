import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bringKinds } from '../../../test/support/bring-kinds.ts';
import { kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import {
  answerOf,
  firstRing,
  noPolicies,
  type FirstRing,
} from '../../../test/support/first-ring.ts';
import { trafficKinds, trafficTypes } from '../../../test/support/gateway-kinds.ts';
import { onceKindsAreKnown } from '../../../test/support/kinds-known.ts';
import { userIdentity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { metadataPolicies } from '../objects/metadata.ts';
import { firstRefusal } from '../policy/rule.ts';
import { rulePolicies } from '../rules/policies.ts';
import { gatewayClassOf, gatewayPolicies, gatewayRules, withGatewayDefaults } from './policies.ts';

/** Gateways and routes of tenants, by whoever may do everything in the namespace. */
let ring: FirstRing;
const classes = {
  names: ['ours', 'usual'],
  choices: 'ours, usual',
  replaced: [],
  default: 'usual',
};
const theirs = { names: ['theirs'], choices: 'theirs', replaced: [] };
/** Of a tenant with a list, of one with another, and of one with none. */
let limited: string;
let neighbour: string;
let free: string;
let ruled: string;

beforeAll(async () => {
  await bringKinds(trafficKinds);
  ring = await firstRing((configuration) => [
    ...gatewayPolicies(),
    ...rulePolicies(configuration),
    ...metadataPolicies(),
  ]);
  limited = await ring.namespace({ gatewayClasses: classes });
  neighbour = await ring.namespace({ gatewayClasses: theirs });
  free = await ring.namespace({});
  const types = trafficTypes.map(({ kind }) => kind);
  const hostnames = [{ exp: '\\.ours\\.example$' }];
  [ruled = ''] = await ring.ruledNamespaces([
    [{ enforce: { action: 'allow', ingress: { types, hostnames } } }],
  ]);
});
afterAll(() => ring?.client.close());

const gateway = (namespace: string, spec: object, name = 'web'): KubeObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name, namespace },
  spec: { listeners: [], ...spec },
});
/** Where each kind names hosts. */
const hostsOf: Record<string, (hosts: string[]) => object> = {
  Route: ([host]) => ({ host }),
  Gateway: (hosts) => ({
    gatewayClassName: 'ours',
    listeners: hosts.map((hostname) => ({ hostname })),
  }),
  ListenerSet: (hosts) => ({ listeners: hosts.map((hostname) => ({ hostname })) }),
};
const hostnamesOf = (hostnames: string[]) => ({ hostnames });
const create = (object: KubeObject, dryRun = true) =>
  onceKindsAreKnown(
    () =>
      kubectl(['create', '-f', '-', ...(dryRun ? ['--dry-run=server'] : []), '-o', 'json'], {
        input: JSON.stringify(object),
        as: ring.user,
      }),
    ({ stderr }) => stderr,
  );

describe('the class of a Gateway', () => {
  test.each([
    ['ours', 'limited'],
    ['theirs', 'limited'],
    ['', 'limited'],
    ['ours', 'neighbour'],
    ['theirs', 'neighbour'],
    ['anything', 'free'],
  ])('%j, where the tenant is %s, is decided as the functions say', async (named, where) => {
    const place = { limited, neighbour, free }[where] ?? '';
    const allowed = { limited: classes, neighbour: theirs }[where];
    const policies = { ...noPolicies, ...(allowed && { gatewayClasses: allowed }) };
    const sent = gateway(place, named === '' ? {} : { gatewayClassName: named });
    const wanted = withGatewayDefaults(sent, policies);
    const facts = { isUpdate: false, after: gatewayClassOf(wanted), before: [], policies };
    const refusal = firstRefusal(gatewayRules, facts)?.message;
    const { code, stdout, stderr } = await create(sent);
    if (refusal !== undefined) {
      expect(stderr).toContain(refusal);
      return;
    }
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(gatewayClassOf(JSON.parse(stdout) as KubeObject)).toEqual(gatewayClassOf(wanted));
  });

  test('is not changed into one of a neighbour', async () => {
    expect(await create(gateway(limited, { gatewayClassName: 'ours' }), false)).toMatchObject({
      code: 0,
    });
    for (const [type, body] of [
      ['merge', { spec: { gatewayClassName: 'theirs' } }],
      ['json', [{ op: 'replace', path: '/spec/gatewayClassName', value: 'theirs' }]],
    ] as const) {
      const patch = ['patch', 'gateway', 'web', `--type=${type}`, '-p', JSON.stringify(body)];
      expect(await kubectl(['-n', limited, ...patch], { as: ring.user })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`GatewayClass 'theirs' is not allowed`),
      });
    }
    const applied = gateway(limited, { gatewayClassName: 'theirs' });
    const apply = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
    const input = JSON.stringify(applied);
    expect(await kubectl(apply, { input, as: ring.user })).toMatchObject({ code: 1 });
  });

  test('stays, when the list has become shorter', async () => {
    await create(gateway(limited, { gatewayClassName: 'usual' }, 'old'), false);
    await ring.setPolicies(limited, { gatewayClasses: { ...classes, names: ['ours'] } });
    await kubectlOk(['-n', limited, 'label', 'gateway', 'old', 'a=b'], { as: ring.user });
  });
});

const notAllowed = /^ingress hostname "[a-z.*]*" at .* is not allowed by namespace rule/;

describe.each(trafficTypes)('a $kind', (type) => {
  const { group, version, kind } = type;
  test.each([
    [['a.ours.example'], undefined],
    [['A.Ours.Example.'], undefined],
    [['a.theirs.example'], notAllowed],
    [['a.ours.example', 'b.theirs.example'], notAllowed],
    [[], /hostname is required/],
    // One that says nothing is for every name, whatever is beside it.
    [['a.ours.example', ''], /hostname is required/],
    // A wildcard is a name as it is written.
    [['*.ours.example'], undefined],
    [['*.example'], notAllowed],
  ])('by %j is answered %s', async (hosts, refused) => {
    // An OpenShift Route has one.
    const named = kind === 'Route' ? hosts.slice(-1) : hosts;
    const spec = (hostsOf[kind] ?? hostnamesOf)(named);
    const metadata = { name: 'web', namespace: ruled };
    const object = { apiVersion: `${group}/${version}`, kind, metadata, spec };
    const client = ring.client.as(userIdentity(ring.user));
    const answer = await answerOf(() => client.create(type, object, { dryRun: true }));
    const refusal = 'refusal' in answer ? answer.refusal : undefined;
    if (refused) expect(refusal).toMatch(refused);
    else expect(answer).toHaveProperty('object');
  });
});
