import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apply, freshName, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { examplesOfEach } from '../../../test/support/examples-of-each.ts';
import {
  answerOf,
  firstRing,
  noPolicies,
  type FirstRing,
} from '../../../test/support/first-ring.ts';
import { testSeed } from '../../../test/support/random.ts';
import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { KubeObject } from '../../kube/object.ts';
import { firstRefusal } from '../policy/rule.ts';
import { withPodDefaults } from './defaults.ts';
import { podFacts, type PodSpec } from './facts.ts';
import { podPolicies, podRules } from './policies.ts';

/** The API server by CEL and the functions say the same of generated Pods. */
const seed = testSeed();
const suite = freshName('pods');
const type = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const [high, low, usual] = ['high', 'low', 'usual'].map((name) => `${suite}-${name}`) as [
  string,
  string,
  string,
];
const priorities: Record<string, number> = { [high]: 100, [low]: 10, [usual]: 50 };
const runtimes = ['kata', 'gvisor'].map((name) => `${suite}-${name}`) as [string, string];

/** One namespace each. */
const policies: Partial<NamespacePolicies>[] = [
  {},
  { runtimeClasses: { names: [runtimes[0]], replaced: [], choices: 'kata' } },
  {
    registries: {
      names: ['docker.io', 'library'],
      pattern: '^[a-z]+\\.corp(:[0-9]+)?$',
      choices: 'docker.io, library',
    },
    pullPolicies: ['Always'],
  },
  {
    registries: { names: [], pattern: 'quay', choices: "what matches 'quay'" },
    priorityClasses: {
      names: [low],
      pattern: 'hi.h$',
      default: { name: usual, value: 50, preemptionPolicy: 'PreemptLowerPriority' },
      replaced: [high],
      choices: 'some',
    },
    runtimeClasses: { names: [runtimes[0]], replaced: [], choices: 'kata' },
  },
  {
    priorityClasses: { names: [], default: { name: 'gone' }, replaced: [], choices: 'gone' },
    runtimeClasses: { names: runtimes, default: runtimes[1], replaced: [], choices: 'any' },
    pullPolicies: ['Always', 'Never'],
  },
];
const places: { namespace: string; policies: NamespacePolicies }[] = [];
let ring: FirstRing;

beforeAll(async () => {
  ring = await firstRing(podPolicies);
  await apply([
    ...Object.entries(priorities).map(([name, value]) => ({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
    })),
    ...runtimes.map((name, index) => ({
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name },
      handler: 'h',
      ...(index === 1 && { overhead: { podFixed: { cpu: '1m' } } }),
    })),
  ]);
  for (const each of policies) {
    const namespace = await ring.namespace(each);
    await kubectlOk(['-n', namespace, 'wait', 'sa/default', '--for=create', '--timeout=240s']);
    places.push({ namespace, policies: { ...noPolicies, ...each } });
  }
});
afterAll(() => ring?.client.close());

const image = fc.constantFrom(
  'nginx',
  'library/nginx',
  'docker.io/library/nginx:1',
  'docker.io.evil.com/x',
  'reg.corp:5000/x',
  'evilreg.corp/x@sha256:' + 'a'.repeat(64),
  'quay-evil/x',
  'quay.io/x',
  'localhost/x',
);
const container = fc.record({ image, imagePullPolicy: fc.constantFrom('Always', 'Never') });
const named = (prefix: string, list: object[]) =>
  list.map((each, index) => ({ ...each, name: `${prefix}${index}` }));
const podSpec = fc
  .record({
    containers: fc.array(container, { minLength: 1, maxLength: 2 }),
    initContainers: fc.array(container, { maxLength: 1 }),
    volumes: fc.array(image, { maxLength: 1 }),
    priorityClassName: fc.constantFrom('', high, low, usual),
    runtimeClassName: fc.constantFrom(undefined, ...runtimes),
  })
  .map(({ volumes, containers, initContainers, ...spec }) => ({
    ...spec,
    containers: named('c', containers),
    initContainers: named('i', initContainers),
    volumes: named(
      'v',
      volumes.map((reference) => ({ image: { reference, pullPolicy: 'Always' } })),
    ),
  }));

type Creation = readonly [index: number, spec: object];
/** The Pod, what becomes of it and which rule refuses that, by the functions. */
function decide([index, spec]: Creation) {
  const { namespace = '', policies: inForce = noPolicies } = places[index % places.length] ?? {};
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace },
    spec,
  };
  const expected = withPodDefaults(pod, inForce);
  return { pod, expected, refused: firstRefusal(podRules, podFacts(inForce, expected)) };
}

test(`new Pods are made and decided alike (TENANTRY_SEED=${seed})`, async () => {
  const creations = fc.tuple(fc.nat(), podSpec);
  // A property that only ever sees consent proves nothing.
  const answers = [undefined, ...podRules.map(({ name }) => name)];
  const examples = examplesOfEach(creations, answers, (each) => decide(each).refused?.rule);
  await fc.assert(
    fc.asyncProperty(creations, async (creation) => {
      const { pod, expected, refused } = decide(creation);
      const answer = await answerOf(() => ring.client.create(type, pod, { dryRun: true }));
      expect('refusal' in answer ? answer.refusal : undefined).toBe(refused?.message);
      if ('refusal' in answer) return;
      const { priorityClassName = '', runtimeClassName } = expected['spec'] as PodSpec;
      expect(answer.object['spec']).toMatchObject({
        ...(priorityClassName !== '' && { priorityClassName }),
        priority: priorities[priorityClassName] ?? 0,
        preemptionPolicy: 'PreemptLowerPriority',
        ...(runtimeClassName !== undefined && { runtimeClassName }),
        ...(runtimeClassName === runtimes[1] && { overhead: { cpu: '1m' } }),
      });
    }),
    { seed, numRuns: 200, examples: examples.map((creation) => [creation]) },
  );
});

test(`changes of Pods are decided alike (TENANTRY_SEED=${seed})`, async () => {
  const place = places[2];
  if (!place) throw new Error('no namespace');
  const { namespace } = place;
  await ring.setPolicies(namespace, {});
  const renamed = (pod: KubeObject) => ({
    ...pod,
    metadata: { name: freshName('web'), namespace },
  });
  const made: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'stored', namespace },
    spec: { containers: [{ name: 'c0', image: 'nginx', imagePullPolicy: 'Never' }] },
  };
  const stored = await eventually('the policies are lifted', async () => {
    const answer = await answerOf(() => ring.client.create(type, made));
    return 'object' in answer && answer;
  });
  await ring.setPolicies(namespace, place.policies);
  const isInForce = async () =>
    'refusal' in (await answerOf(() => ring.client.create(type, renamed(made), { dryRun: true })));
  await eventually('the policies are back', isInForce);
  const oldObject = stored.object;
  const spec = oldObject['spec'] as { containers: object[] };
  const change = fc.record({ image, ephemeral: fc.array(container, { maxLength: 2 }) });
  await fc.assert(
    fc.asyncProperty(change, async ({ image: changed, ephemeral }) => {
      const debugging = named('e', ephemeral);
      const object = {
        ...oldObject,
        spec:
          debugging.length > 0
            ? { ...spec, ephemeralContainers: debugging }
            : { ...spec, containers: spec.containers.map((each) => ({ ...each, image: changed })) },
      };
      const path = debugging.length > 0 ? { subresource: 'ephemeralcontainers' as const } : {};
      const answer = await answerOf(() =>
        ring.client.replace(type, object, { dryRun: true, ...path }),
      );
      const refused = firstRefusal(podRules, podFacts(place.policies, object, oldObject));
      expect('refusal' in answer ? answer.refusal : undefined).toBe(refused?.message);
    }),
    { seed, numRuns: 60 },
  );
});
