import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apply, freshName } from '../../../test/support/cluster.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { testSeed } from '../../../test/support/random.ts';
import { untilAllowed } from '../../../test/support/until-allowed.ts';
import { RuleStatus } from '../../api/capsule/rule-status.ts';
import { concurrently } from '../../base/concurrently.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import { userIdentity } from '../../kube/identity.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { objects, ruleLists } from './__fixtures__/arbitraries.ts';
import { firstRefusal, type Rule } from '../policy/rule.ts';
import { checksFor, type AudienceClass, type RuleSender } from './audience.ts';
import type { RuleFacts } from './facts.ts';
import { checksOf } from './normalise/checks-of.ts';
import { podSpec, type Container } from './pods/pod.ts';
import { rulePolicies } from './policies.ts';
import { mutateResources } from './resources/mutation.ts';
import { metadataRules, ruleSets } from './rule-sets.ts';

/** CEL in the API server and the functions decide alike, message by message; every case is a dry run. */
const seed = testSeed();
const lists = fc.sample(ruleLists, { numRuns: 30, seed });
const perList = 20;

const users: (Pick<RuleSender, 'username' | 'groups'> & { classes: AudienceClass[] })[] = [
  { username: 'alice', groups: ['everybody'], classes: ['CapsuleUser'] },
  { username: 'bob', groups: ['everybody', 'developers'], classes: ['TenantOwner'] },
  { username: 'carol', groups: ['everybody'], classes: [] },
];
const classOf = (name: AudienceClass) =>
  `request.userInfo.username in [${users
    .filter(({ classes }) => classes.includes(name))
    .map(({ username }) => `'${username}'`)
    .join(', ')}]`;
const classes = {
  CapsuleUser: classOf('CapsuleUser'),
  Administrator: 'false',
  TenantOwner: classOf('TenantOwner'),
  Controller: 'false',
};

const types: Record<string, ResourceType> = Object.fromEntries(
  [
    ['', 'Pod', 'pods'],
    ['', 'Service', 'services'],
    ['', 'ConfigMap', 'configmaps'],
    ['', 'Secret', 'secrets'],
    ['networking.k8s.io', 'Ingress', 'ingresses'],
  ].map(([group = '', kind = '', plural = '']) => [
    kind,
    { group, version: 'v1', kind, plural, namespaced: true },
  ]),
);

let ring: FirstRing;
let namespaces: string[];

beforeAll(async () => {
  ring = await firstRing((configuration) => rulePolicies(configuration, classes));
  const rbac = 'rbac.authorization.k8s.io';
  const name = freshName('rules-everything');
  await apply([
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: ['', 'networking.k8s.io'], resources: ['*'], verbs: ['create'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: users.map(({ username }) => ({ apiGroup: rbac, kind: 'User', name: username })),
    },
  ]);
  const creating = { verb: 'create', group: 'networking.k8s.io', resource: 'ingresses' };
  for (const { username } of users)
    await untilAllowed(ring.client, userIdentity(username), creating);
  namespaces = await ring.ruledNamespaces(lists);
  await apply(
    namespaces.map((namespace) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    })),
  );
});
afterAll(() => ring?.client.close());

const rulesOf = (rules: readonly object[]) =>
  RuleStatus.decode({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'RuleStatus',
    metadata: { name: 'rules' },
    spec: rules,
  }).spec;

/** The API server asks for as much as the limit where nothing is asked for, after policies, too. */
function withRequests(pod: KubeObject): KubeObject {
  const spec = podSpec(pod);
  const fill = (containers: Container[] = []) =>
    containers.map((container) => {
      const { requests, limits } = container.resources ?? {};
      return {
        ...container,
        resources: { requests: { ...limits, ...requests }, ...(limits && { limits }) },
      };
    });
  const changed = { containers: fill(spec.containers), initContainers: fill(spec.initContainers) };
  return { ...pod, spec: { ...spec, ...changed } };
}

/** What the functions say: one policy is about all that is ruled of an object. */
function decide(object: KubeObject, index: number, user: (typeof users)[number]) {
  const checks = checksOf(rulesOf(lists[index] ?? []));
  const type = types[object.kind];
  const sender = { ...user, isOf: (each: AudienceClass) => user.classes.includes(each) };
  const facts: RuleFacts = {
    operation: 'CREATE',
    kind: { group: type?.group ?? '', version: 'v1', kind: object.kind },
    object,
    checks: checksFor(checks, sender),
  };
  const mutated = object.kind === 'Pod' ? withRequests(mutateResources(facts)) : object;
  const set = ruleSets.find(({ resources }) =>
    resources.some(({ resources: named }) => named.includes(type?.plural ?? '')),
  );
  const rules: readonly Rule<RuleFacts>[] = [...(set?.rules ?? []), ...metadataRules];
  return firstRefusal(rules, { ...facts, object: mutated })?.message ?? 'allowed';
}

/** What the API server says. */
async function ask(object: KubeObject, index: number, user: (typeof users)[number]) {
  const type = types[object.kind];
  if (!type) throw new Error(`no type for ${object.kind}`);
  const namespaced = {
    ...object,
    metadata: { ...object.metadata, namespace: namespaces[index] ?? '' },
  };
  const client = ring.client.as(userIdentity(user.username, user.groups));
  try {
    await client.create(type, namespaced, { dryRun: true });
    return 'allowed';
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    // What is no object at all is refused before the policies are asked.
    if (error.code === 422) return 'invalid';
    return /tenantry\.dev' .* denied request: (.*)$/s.exec(error.message)?.[1] ?? error.message;
  }
}

test(`creations are decided alike (TENANTRY_SEED=${seed})`, async () => {
  const cases = lists.flatMap((_, index) =>
    fc
      .sample(fc.tuple(objects, fc.constantFrom(...users)), {
        numRuns: perList,
        seed: seed + index,
      })
      .map(([object, user]) => ({ object, user, index })),
  );
  const met = new Set<string>();
  const differing: unknown[] = [];
  await concurrently(cases, 8, async ({ object, user, index }) => {
    const answer = await ask(object, index, user);
    const decided = decide(object, index, user);
    met.add(answer.split(':')[0] ?? '');
    if (answer === 'invalid' || answer === decided) return;
    differing.push({ answer, decided, object, rules: lists[index], user });
  });
  expect(differing.slice(0, 2)).toEqual([]);
  // A test that only ever meets one answer proves nothing.
  expect(met.size).toBeGreaterThan(8);
});
