import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { examplesOfEach } from '../../test/support/examples-of-each.ts';
import { ofAnyVersion } from '../../test/support/metadata-writes.ts';
import { answerOf, firstRing, noPolicies, type FirstRing } from '../../test/support/first-ring.ts';
import { testSeed } from '../../test/support/random.ts';
import type { NamespacePolicies } from '../api/capsule/namespace-policies.ts';
import { userIdentity } from '../kube/identity.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import { deviceClassesOf, devicePolicies, devicesAllowed } from './devices/policies.ts';
import { readIngress } from './ingresses/facts.ts';
import { hostPathsOf, hostsAnnotation, hostsChecked, markHosts } from './ingresses/host-paths.ts';
import { ingressPolicies, withIngressDefaults } from './ingresses/policies.ts';
import { ingressRules } from './ingresses/rules.ts';
import { firstRefusal, type Refusal } from './policy/rule.ts';
import { rulePolicies } from './rules/policies.ts';
import { servicePolicies } from './services/policies.ts';
import { readService, serviceRules } from './services/rules.ts';
import { withClaimDefaults } from './volume-claims/defaults.ts';
import { classesOf, volumeOf, type ClaimSpec } from './volume-claims/facts.ts';
import { claimPolicies } from './volume-claims/policies.ts';
import { claimRules } from './volume-claims/rules.ts';

/** The API server by CEL and the functions say the same of generated objects of tenants. */
const seed = testSeed();
let ring: FirstRing;
beforeAll(async () => {
  ring = await firstRing((configuration) => [
    ...claimPolicies(configuration),
    ...servicePolicies(),
    ...ingressPolicies(),
    ...devicePolicies(),
    ...rulePolicies(configuration),
  ]);
});
afterAll(() => ring?.client.close());

/** A kind of object, and what the functions make of it. */
interface Subject {
  type: ResourceType;
  policies: readonly Partial<NamespacePolicies>[];
  parts: fc.Arbitrary<Pick<KubeObject, 'metadata' | 'spec'>>;
  /** What the mutating policies make of a write. */
  mutate?(
    object: KubeObject,
    policies: NamespacePolicies,
    oldObject: KubeObject | undefined,
  ): KubeObject;
  judge(
    write: { object: KubeObject; oldObject?: KubeObject },
    policies: NamespacePolicies,
  ): Refusal | undefined;
  /** What the functions say of a write that goes on; compared with what the API server made. */
  shown(object: KubeObject): unknown;
  rules: readonly string[];
  /** What is stored, as somebody changes it to what was made; without, it cannot be changed. */
  change?(oldObject: KubeObject, made: KubeObject): KubeObject;
  /** Those of the rules that a change can break; all of them, if not said. */
  rulesOfChanges?: readonly string[];
}

const core = (kind: string, plural: string): ResourceType => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});
const name = 'it';

/** A namespace with policies, and objects in it that were stored before there were any. */
interface Place {
  namespace: string;
  inForce: NamespacePolicies;
  stored: KubeObject[];
}
type Parts = Pick<KubeObject, 'metadata' | 'spec'>;

function objectOf({ type }: Subject, namespace: string, { metadata, spec }: Parts): KubeObject {
  const apiVersion = type.group === '' ? 'v1' : `${type.group}/v1`;
  return { apiVersion, kind: type.kind, metadata: { ...metadata, name, namespace }, spec };
}

async function placeOf(subject: Subject, policies: Partial<NamespacePolicies>): Promise<Place> {
  const { type, parts, change } = subject;
  const inForce = { ...noPolicies, ...policies };
  if (!change) return { namespace: await ring.namespace(policies), inForce, stored: [] };
  const namespace = await ring.namespace({ volumes: ['ours', 'theirs'] });
  const stored = await Promise.all(
    fc.sample(parts, { seed: 5, numRuns: 6 }).map((each, index) => {
      const object = objectOf(subject, namespace, each);
      const named = { ...object, metadata: { ...object.metadata, name: `stored-${index}` } };
      return eventually('it is stored', () => ring.client.create<KubeObject>(type, named));
    }),
  );
  await ring.setPolicies(namespace, policies);
  const [refused] = fc
    .sample(parts, { seed: 6, numRuns: 500 })
    .map((each) => decide(subject, { namespace, inForce, stored: [] }, { parts: each }))
    .filter((write) => write.refused);
  // Where nothing is limited, nothing has to be waited for.
  await eventually('the policies are in force', async () => {
    return !refused || 'refusal' in (await answerTo(subject, refused));
  });
  return { namespace, inForce, stored };
}

/** The write, what becomes of it and which rule refuses that, by the functions. */
function decide(
  subject: Subject,
  { namespace, inForce, stored }: Place,
  { parts, nth }: { parts: Parts; nth?: number | undefined },
) {
  const { mutate = (object: KubeObject) => object, judge, change } = subject;
  const made = objectOf(subject, namespace, parts);
  const oldObject = nth === undefined ? undefined : stored[nth % stored.length];
  const object = oldObject && change ? change(ofAnyVersion(oldObject), made) : made;
  const expected = mutate(object, inForce, oldObject);
  const refused = judge({ object: expected, ...(oldObject && { oldObject }) }, inForce);
  return { object, oldObject, expected, refused };
}

/** Everything that was written is written anew. */
function rewritten(oldObject: KubeObject, { metadata, spec }: KubeObject): KubeObject {
  const { labels: _labels, annotations: _annotations, ...kept } = oldObject.metadata;
  const { name: _made, ...written } = metadata;
  // What a Service was given stays with it.
  const { clusterIP, clusterIPs } = oldObject['spec'] as {
    clusterIP?: string;
    clusterIPs?: object;
  };
  const given = clusterIP === undefined ? {} : { clusterIP, clusterIPs };
  return {
    ...oldObject,
    metadata: { ...kept, ...written },
    spec: { ...given, ...(spec as object) },
  };
}

const answerTo = ({ type }: Subject, { object, oldObject }: ReturnType<typeof decide>) => {
  const client = ring.client.as(userIdentity(ring.user));
  const verb = oldObject ? 'replace' : 'create';
  return answerOf(() => client[verb](type, object, { dryRun: true }));
};

/** A kind's writes are decided alike, over creations and changes of what was created. */
async function decidesAlike(subject: Subject): Promise<void> {
  const { policies, parts, shown, rules, change, rulesOfChanges = rules } = subject;
  const places = await Promise.all(policies.map((each) => placeOf(subject, each)));
  const [first] = places;
  if (!first) throw new Error('there are policies');
  const decided = ({
    index,
    ...write
  }: {
    index: number;
    parts: Parts;
    nth?: number | undefined;
  }) => decide(subject, places[index % places.length] ?? first, write);
  const creations = { nth: fc.constant(undefined), broken: rules };
  const kinds = change ? [creations, { nth: fc.nat(), broken: rulesOfChanges }] : [creations];
  const writes = kinds.map(({ nth }) => fc.record({ index: fc.nat(), parts, nth }));
  // A property that only ever sees consent proves nothing.
  const examples = writes.flatMap((each, kind) => {
    const answers = [undefined, ...(kinds[kind]?.broken ?? [])];
    return examplesOfEach(each, answers, (write) => decided(write).refused?.rule);
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(...writes), async (write) => {
      const decision = decided(write);
      const { expected, refused } = decision;
      const answer = await answerTo(subject, decision);
      expect('refusal' in answer ? answer.refusal : undefined).toBe(refused?.message);
      if ('refusal' in answer) return;
      expect(shown(answer.object)).toEqual(shown(expected));
    }),
    { seed, numRuns: change ? 250 : 150, examples: examples.map((write) => [write]) },
  );
}

const nameOf = (rule: { name: string }) => rule.name;
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const labels = fc.dictionary(
  fc.constantFrom('team', 'secret.io/a', 'owner', 'projectcapsule.dev/tenant'),
  fc.constantFrom('a', 'b'),
  { maxKeys: 2 },
);

test(`PersistentVolumeClaims are decided alike (TENANTRY_SEED=${seed})`, async () => {
  const classes = { names: ['fast', 'slow'], pattern: 'ssd', replaced: ['standard'], choices: 'x' };
  const tenantLabel = 'capsule.clastix.io/tenant';
  const selector = fc.constantFrom(
    {},
    { matchLabels: { a: 'b' } },
    { matchLabels: { [tenantLabel]: 'gas', a: 'b' } },
    {
      matchExpressions: [
        { key: tenantLabel, operator: 'Exists' },
        { key: 'a', operator: 'In', values: ['x', 'y'] },
        { key: 'b', operator: 'DoesNotExist' },
      ],
    },
  );
  type Write = { object: KubeObject; oldObject?: KubeObject };
  const facts = ({ object, oldObject }: Write, inForce: NamespacePolicies) => ({
    isUpdate: oldObject !== undefined,
    classes: classesOf(object),
    oldClasses: classesOf(oldObject),
    volume: volumeOf(object),
    oldVolume: volumeOf(oldObject),
    selector: (object['spec'] as ClaimSpec).selector,
    tenant: ring.tenant,
    policies: inForce,
    isAdministrator: false,
    isBinder: false,
  });
  await decidesAlike({
    type: core('PersistentVolumeClaim', 'persistentvolumeclaims'),
    policies: [
      {},
      { storageClasses: classes, volumes: ['ours'] },
      { storageClasses: { ...classes, default: 'fast' } },
    ],
    parts: fc.record({
      metadata: fc.constantFrom(undefined, 'fast', 'standard').map((annotated) => ({
        name,
        ...(annotated !== undefined && {
          annotations: { 'volume.beta.kubernetes.io/storage-class': annotated },
        }),
      })),
      spec: fc.record({
        accessModes: fc.constant(['ReadWriteOnce']),
        resources: fc.constant({ requests: { storage: '1Gi' } }),
        storageClassName: fc.constantFrom(undefined, '', 'fast', 'my-ssd-2', 'standard', 'other'),
        selector: optional(selector),
        volumeName: fc.constantFrom(undefined, 'ours', 'theirs'),
      }),
    }),
    mutate: (object, inForce, oldObject) =>
      oldObject ? object : withClaimDefaults(object, { policies: inForce, tenant: ring.tenant }),
    judge: (write, inForce) => firstRefusal(claimRules, facts(write, inForce)),
    // A class and a volume are named once, by whoever has named none.
    change(oldObject, { spec }) {
      const [old, made] = [oldObject['spec'], spec] as [ClaimSpec, ClaimSpec];
      const isClassed = classesOf(oldObject).length > 0;
      const storageClassName = isClassed ? old.storageClassName : made.storageClassName;
      const volumeName = old.volumeName ?? made.volumeName;
      return { ...oldObject, spec: { ...old, storageClassName, volumeName } };
    },
    rulesOfChanges: ['storageclass-allowed', 'claim-names-own-volume'],
    shown: (object) => {
      const { storageClassName, selector: chosen } = object['spec'] as ClaimSpec;
      return { storageClassName, chosen };
    },
    // The mutating policy sees to it that no claim selects what is another's.
    rules: claimRules.map(nameOf).filter((rule) => rule !== 'claim-selects-own-volumes'),
  });
});

test(`Services are decided alike (TENANTRY_SEED=${seed})`, async () => {
  await decidesAlike({
    type: core('Service', 'services'),
    policies: [
      {},
      {
        services: {
          deniedTypes: ['NodePort', 'ExternalName'],
          externalIPs: {
            names: ['10.1.0.0/16', '192.0.2.7/32', 'nonsense'],
            choices: '10.1.0.0/16',
          },
          forbiddenLabels: { names: ['team'], pattern: 'capsule|^secret' },
          forbiddenAnnotations: { names: ['owner'] },
        },
      },
      { services: { deniedTypes: [], externalIPs: { names: [], choices: 'nothing' } } },
    ],
    parts: fc.record({
      metadata: fc.record({ name: fc.constant(name), labels, annotations: labels }),
      spec: fc.record({
        type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
        ports: fc.constant([{ port: 80 }]),
        externalIPs: fc.subarray(['10.1.2.3', '192.0.2.7', '192.0.2.8', '2001:db8::1']),
      }),
    }),
    change: rewritten,
    judge({ object, oldObject }, { services }) {
      if (!services) return undefined;
      return firstRefusal(serviceRules, {
        after: readService(object),
        before: readService(oldObject),
        services,
      });
    },
    shown: (object) => readService(object).type,
    rules: serviceRules.map(nameOf),
  });
});

test(`Ingresses are decided alike (TENANTRY_SEED=${seed})`, async () => {
  const classes = { names: ['nginx'], replaced: ['public'], choices: 'nginx' };
  await decidesAlike({
    type: {
      group: 'networking.k8s.io',
      version: 'v1',
      kind: 'Ingress',
      plural: 'ingresses',
      namespaced: true,
    },
    policies: [
      { wildcardHostnames: false },
      { ingressClasses: classes, wildcardHostnames: true },
      {
        ingressClasses: { ...classes, names: ['nginx', 'inner'], default: 'nginx' },
        hostnames: { names: ['a.example'], pattern: '\\.oil\\.example$', choices: 'a.example' },
        wildcardHostnames: false,
      },
      { collisionScope: 'Tenant', wildcardHostnames: true },
    ],
    parts: fc
      .record({
        className: fc.constantFrom(undefined, 'nginx', 'public', 'other'),
        annotated: fc.constantFrom(undefined, 'nginx', 'public', 'other'),
        hosts: fc.array(
          fc.constantFrom('', 'a.example', 'b.oil.example', '*.oil.example', '*.example'),
          { maxLength: 2 },
        ),
        isForAll: fc.boolean(),
      })
      .map(({ className, annotated, hosts, isForAll }) => ({
        metadata: {
          name,
          ...(annotated !== undefined &&
            className === undefined && {
              annotations: { 'kubernetes.io/ingress.class': annotated },
            }),
        },
        spec: {
          ...(className !== undefined && { ingressClassName: className }),
          ...((isForAll || hosts.length === 0) && {
            defaultBackend: { service: { name: 'x', port: { number: 80 } } },
          }),
          rules: hosts.map((host) => (host === '' ? {} : { host })),
        },
      })),
    change: rewritten,
    mutate(object, policies, oldObject) {
      const usual = withIngressDefaults(object, policies);
      return policies.collisionScope === undefined ? usual : markHosts(usual, oldObject);
    },
    judge: ({ object, oldObject }, policies) =>
      firstRefusal(ingressRules, {
        isUpdate: oldObject !== undefined,
        after: readIngress(object),
        before: readIngress(oldObject),
        policies,
      }) ??
      firstRefusal([hostsChecked], {
        after: hostPathsOf(object),
        before: hostPathsOf(oldObject),
        state: object.metadata.annotations?.[hostsAnnotation] ?? '',
        policies,
      }),
    shown: readIngress,
    rules: [...ingressRules, hostsChecked].map(nameOf),
  });
});

test(`claims of devices are decided alike (TENANTRY_SEED=${seed})`, async () => {
  const className = fc.constantFrom('gpu', 'small-fpga', 'other');
  const request = fc.oneof(
    className.map((deviceClassName) => ({ exactly: { deviceClassName } })),
    fc.array(className, { minLength: 1, maxLength: 2 }).map((names) => ({
      firstAvailable: names.map((deviceClassName, index) => ({
        name: `s${index}`,
        deviceClassName,
      })),
    })),
  );
  const devices = fc.array(request, { minLength: 1, maxLength: 2 }).map((requests) => ({
    devices: { requests: requests.map((each, index) => ({ ...each, name: `r${index}` })) },
  }));
  const policies = [{}, { deviceClasses: { names: ['gpu'], pattern: 'fpga$', choices: 'gpu' } }];
  for (const [kind, plural, spec] of [
    ['ResourceClaim', 'resourceclaims', devices],
    ['ResourceClaimTemplate', 'resourceclaimtemplates', devices.map((each) => ({ spec: each }))],
  ] as const) {
    await decidesAlike({
      type: { group: 'resource.k8s.io', version: 'v1', kind, plural, namespaced: true },
      policies,
      parts: (spec as fc.Arbitrary<object>).map((each) => ({ metadata: { name }, spec: each })),
      judge: ({ object }, inForce) =>
        firstRefusal([devicesAllowed], { classes: deviceClassesOf(object), policies: inForce }),
      shown: deviceClassesOf,
      rules: [devicesAllowed.name],
    });
  }
});
