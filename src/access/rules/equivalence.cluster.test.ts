import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { applyAll } from '../../../test/support/install.ts';
import { ofAnyVersion } from '../../../test/support/metadata-writes.ts';
import { testSeed } from '../../../test/support/random.ts';
import { untilAllowed } from '../../../test/support/until-allowed.ts';
import { RuleStatus } from '../../api/capsule/rule-status.ts';
import { concurrently } from '../../base/concurrently.ts';
import { equalJson } from '../../base/json.ts';
import type { ResourceAttributes } from '../../kube/access-review.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import { userIdentity } from '../../kube/identity.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { objects } from './__fixtures__/objects.ts';
import { ruleLists } from './__fixtures__/rule-lists.ts';
import { changedTo, parts, storable, takesNodePorts } from './__fixtures__/changes.ts';
import { firstRefusal, type Rule } from '../policy/rule.ts';
import { clusterRole, clusterRoleBinding } from '../tenancy/ownership.ts';
import { capsuleGroup, Verb } from '../tenancy/vocabulary.ts';
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

/** Each with the roles that make one of the class. */
const users: (Pick<RuleSender, 'username' | 'groups'> & { classes: AudienceClass[] })[] = [
  { username: 'alice', groups: ['everybody'], classes: ['CapsuleUser'] },
  { username: 'bob', groups: ['everybody', 'developers'], classes: ['TenantOwner'] },
  { username: 'carol', groups: ['everybody'], classes: [] },
  { username: 'dave', groups: ['everybody'], classes: ['Administrator'] },
];

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
/** Generated objects with everything filled in that the API server fills in. */
let made: KubeObject[];
/** In some of the namespaces, by their index: an object of each kind, older than the rules. */
const stored = new Map<number, KubeObject[]>();
const storedIn = 12;

beforeAll(async () => {
  ring = await firstRing((configuration) => rulePolicies(configuration));
  await grantClasses();
  const open = await ring.namespace({});
  await applyAll(ring.client, [defaultAccount(open)]);
  made = await filledIn(open);
  namespaces = await ring.ruledNamespaces(lists, async (namespace, index) => {
    await applyAll(ring.client, [defaultAccount(namespace)]);
    if (index < storedIn) stored.set(index, await store(namespace, index));
  });
});
afterAll(() => ring?.client.close());

/** Lets the users write everything, and be of their classes. */
async function grantClasses() {
  const onConfiguration = (verb: Verb): ResourceAttributes => {
    const resource = 'capsuleconfigurations';
    return { verb, group: capsuleGroup, resource, name: ring.configuration };
  };
  const rights: Record<string, ResourceAttributes> = {
    alice: onConfiguration(Verb.Use),
    bob: { verb: Verb.Own, group: capsuleGroup, resource: 'tenants', name: ring.tenant },
    dave: onConfiguration(Verb.Administer),
  };
  const everything = {
    apiGroups: ['', 'networking.k8s.io'],
    resources: ['*'],
    verbs: ['create', 'update'],
  };
  const named = (names: string[]) => names.map((name) => ({ kind: 'User' as const, name }));
  const roles = [
    { rule: everything, names: users.map(({ username }) => username) },
    ...Object.entries(rights).map(([user, { verb, group = '', resource, name = '' }]) => ({
      rule: { apiGroups: [group], resources: [resource], resourceNames: [name], verbs: [verb] },
      names: [user],
    })),
  ];
  const objectsOf = roles.flatMap(({ rule, names }) => {
    const metadata = { name: freshName('rules') };
    return [clusterRole(metadata, [rule]), clusterRoleBinding(metadata, named(names))];
  });
  await applyAll(ring.client, objectsOf);
  const changing = { verb: 'update', group: 'networking.k8s.io', resource: 'ingresses' };
  for (const [user, right] of [...Object.entries(rights), ['carol', changing] as const]) {
    await untilAllowed(ring.client, userIdentity(user), right);
  }
}

const defaultAccount = (namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'default', namespace },
});

function typeOf({ kind }: KubeObject): ResourceType {
  const type = types[kind];
  if (!type) throw new Error(`no type for ${kind}`);
  return type;
}

const placedIn = (namespace: string, { metadata, ...object }: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...metadata, namespace },
});

/** Generated objects as the API server would store them where there are no rules. */
async function filledIn(namespace: string): Promise<KubeObject[]> {
  const samples = fc.sample(objects, { numRuns: 120, seed });
  const answers = await concurrently(samples, 8, async (each) => {
    try {
      const object = placedIn(namespace, each);
      return await ring.client.create<KubeObject>(typeOf(each), object, { dryRun: true });
    } catch (error) {
      if (error instanceof KubeApiError && error.code === 422) return undefined;
      throw error;
    }
  });
  return answers.filter((answer) => answer !== undefined);
}

/** Stores an object of each kind. */
function store(namespace: string, nth: number): Promise<KubeObject[]> {
  return concurrently(Object.values(types), 2, async (type) => {
    const all = made.filter((each) => each.kind === type.kind && !takesNodePorts(each));
    const one = all[nth % all.length];
    if (!one) throw new Error(`none was made: ${type.kind}`);
    const object = placedIn(namespace, storable(one));
    return await eventually('it is stored', () => ring.client.create<KubeObject>(type, object));
  });
}

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

/** A creation, or a change of what is stored, by one of the users. */
interface Write {
  object: KubeObject;
  oldObject?: KubeObject;
  /** Which of the lists of rules holds. */
  index: number;
  user: (typeof users)[number];
}

/** What the functions say: one policy is about all that is ruled of an object. */
function decide({ object, oldObject, index, user }: Write) {
  const checks = checksOf(rulesOf(lists[index] ?? []));
  const { group, version, kind } = typeOf(object);
  const sender = { ...user, isOf: (each: AudienceClass) => user.classes.includes(each) };
  const facts: RuleFacts = {
    operation: oldObject ? 'UPDATE' : 'CREATE',
    kind: { group, version, kind },
    object,
    ...(oldObject && { oldObject }),
    checks: checksFor(checks, sender),
  };
  const isNewPod = object.kind === 'Pod' && !oldObject;
  const mutated = isNewPod ? withRequests(mutateResources(facts)) : object;
  const rules = rulesAbout(object, oldObject);
  return firstRefusal(rules, { ...facts, object: mutated })?.message ?? 'allowed';
}

/** What stays as it was is not judged again. */
function rulesAbout(object: KubeObject, oldObject: KubeObject | undefined) {
  const { plural } = typeOf(object);
  const set = ruleSets.find(({ resources }) =>
    resources.some(({ resources: named }) => named.includes(plural)),
  );
  const isSpecKept = oldObject && equalJson(object['spec'], oldObject['spec']);
  const isMetadataKept = oldObject && equalJson(written(object), written(oldObject));
  const rules: Rule<RuleFacts>[] = isSpecKept ? [] : [...(set?.rules ?? [])];
  return isMetadataKept ? rules : [...rules, ...metadataRules];
}

const written = ({ metadata: { labels = {}, annotations = {} } }: KubeObject) => [
  labels,
  annotations,
];

/** What the API server says. */
async function ask({ object, oldObject, index, user }: Write) {
  const client = ring.client.as(userIdentity(user.username, user.groups));
  const verb = oldObject ? 'replace' : 'create';
  const sent = placedIn(namespaces[index] ?? '', oldObject ? ofAnyVersion(object) : object);
  try {
    await client[verb](typeOf(object), sent, { dryRun: true });
    return 'allowed';
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    // What is no object at all is refused before the policies are asked.
    if (error.code === 422) return 'invalid';
    return /tenantry\.dev' .* denied request: (.*)$/s.exec(error.message)?.[1] ?? error.message;
  }
}

const namesClasses = ({ index }: Write) =>
  (lists[index] ?? []).some(({ audience = [] }) => audience.some(({ kind }) => kind === 'Custom'));

/** Holds all answers against what the functions say; the answers that there were. */
async function decidedAlike(writes: readonly Write[]): Promise<Set<string>> {
  const met = new Set<string>();
  const differing: unknown[] = [];
  await concurrently(writes, 8, async (write) => {
    const answer = await ask(write);
    const decided = decide(write);
    met.add(answer.split(/[:"]/)[0] ?? '');
    if (answer === 'invalid' || answer === decided) return;
    // The API server makes its messages without knowing of what class the sender is: of topics it
    // tells each value that may be the one, of the rest only what it is about.
    const [about = ''] = decided.split(':');
    const [value = ''] = decided.split(/ is (?:denied|not allowed) by namespace rule/);
    if (namesClasses(write) && (answer === about || (value !== decided && answer.includes(value))))
      return;
    differing.push({ answer, decided, ...write, rules: lists[write.index] });
  });
  expect(differing.slice(0, 2)).toEqual([]);
  return met;
}

test(`creations are decided alike (TENANTRY_SEED=${seed})`, async () => {
  const writes = lists.flatMap((_, index) =>
    fc
      .sample(fc.tuple(objects, fc.constantFrom(...users)), {
        numRuns: perList,
        seed: seed + index,
      })
      .map(([object, user]) => ({ object, user, index })),
  );
  // A test that only ever meets one answer proves nothing.
  expect((await decidedAlike(writes)).size).toBeGreaterThan(8);
});

test(`changes are decided alike (TENANTRY_SEED=${seed})`, async () => {
  const change = fc.tuple(fc.nat(), fc.constantFrom(...parts), fc.constantFrom(...users));
  const writes = [...stored].flatMap(([index, olds]) =>
    olds.flatMap((oldObject, kind) => {
      const others = made.filter((each) => each.kind === oldObject.kind);
      return fc
        .sample(change, { numRuns: 10, seed: seed + index * olds.length + kind })
        .flatMap(([nth, part, user]) => {
          const other = others[nth % others.length];
          return other
            ? [{ object: changedTo(oldObject, other, part), oldObject, index, user }]
            : [];
        });
    }),
  );
  expect((await decidedAlike(writes)).size).toBeGreaterThan(5);
  // Much of what is left alone could not be made any more.
  const leftAlone = writes.filter(
    ({ oldObject, ...write }) =>
      decide({ ...write, oldObject }) === 'allowed' && decide(write) !== 'allowed',
  );
  expect(leftAlone.length).toBeGreaterThan(5);
});
