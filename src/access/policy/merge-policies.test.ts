import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import { ringOne } from '../ring-one.ts';
import { inTenants } from '../tenancy/tenant-namespaces.ts';
import { compilePolicies } from './compile.ts';
import { mergePolicies } from './merge-policies.ts';
import {
  mutatingPolicy,
  validatingPolicy,
  type NamespaceSelector,
  type Policy,
  type ResourceRule,
} from './policy.ts';

const namespaceSelector = { matchLabels: { tenant: 'yes' } };
const params = { apiVersion: 'v1', kind: 'ConfigMap', name: 'p', ifMissing: 'Deny' as const };
const about = (resources: string[], more: Partial<ResourceRule> = {}): ResourceRule => ({
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources,
  ...more,
});
const everything = about(['*'], { apiGroups: ['*'], apiVersions: ['*'] });
const rule = (name: string) => ({
  name,
  cel: 'variables.a',
  message: name,
  messageCel: `'${name}' + variables.a`,
  holds: () => true,
});

const validating = (
  name: string,
  resources: ResourceRule[],
  more: Partial<Extract<Policy, { type: 'validating' }>> = {},
) =>
  validatingPolicy({
    name: `${name}.tenantry.dev`,
    resources,
    matchConditions: [{ name: 'c', expression: `is_${name}` }],
    variables: [{ name: 'a', expression: `variables.b + '${name}'` }],
    rules: [rule(name)],
    namespaceSelector,
    params,
    ...more,
  });

const find = (policies: Policy[], name: string) =>
  policies.find((policy) => policy.name === `${name}.tenantry.dev`);

describe('policies about the same resource', () => {
  const merged = mergePolicies([
    ...validating('one', [about(['pods', 'pods/resize'])]),
    ...validating('two', [about(['pods'], { operations: ['CREATE'] })]),
    ...validating('all', [everything], { params: { ...params, ifMissing: 'Allow' } }),
  ]);

  test('are one, with a guard for each and variables of its own', () => {
    expect(find(merged, 'one')).toMatchObject({
      resources: [about(['pods', 'pods/resize'])],
      params,
      matchConditions: [{ expression: expect.stringMatching(/is_one.*is_two.*is_all/) }],
      variables: [
        { name: 'one_applies', expression: '(is_one)' },
        { name: 'one_a', expression: `variables.one_b + 'one'` },
        {
          name: 'two_applies',
          expression: expect.stringMatching(/^\(request\.operation.*subResource.*\(is_two\)$/),
        },
        { name: 'two_a' },
        { name: 'all_applies' },
        { name: 'all_a' },
      ],
      rules: [
        { cel: 'variables.one_applies ? (variables.one_a) : true' },
        {
          name: 'two',
          messageCel: `variables.two_applies ? ('two' + variables.two_a) : ''`,
        },
        { name: 'all' },
      ],
    });
    expect(find(merged, 'two')).toBeUndefined();
  });

  test('leave the rest to what is about everything', () => {
    expect(find(merged, 'all')).toMatchObject({
      resources: [everything],
      except: [{ apiGroups: [''], resources: ['pods'] }],
      rules: [{ cel: 'variables.a' }],
    });
    expect(merged).toHaveLength(2);
  });
});

test.each([
  ['other namespaces', { namespaceSelector: { matchLabels: { tenant: 'no' } } }],
  ['some objects only', { objectSelector: { matchLabels: { a: 'b' } } }],
])('policies about %s are left apart', (_, more) => {
  const both = [
    ...validating('one', [about(['pods'])]),
    ...validating('two', [about(['pods'])], more),
  ];
  expect(mergePolicies(both)).toEqual(both);
});

test('what does not need parameters is not made to', () => {
  const merged = mergePolicies([
    ...validating('one', [about(['pods'])], { params: { ...params, ifMissing: 'Allow' } }),
    ...validating('all', [everything]),
  ]);
  expect(find(merged, 'one')).toMatchObject({ rules: [{ name: 'one' }] });
  expect(find(merged, 'all')).toMatchObject({ except: [] });
});

test('creations and updates are changed by policies of their own, which refuse creations only without parameters', () => {
  const objects = compilePolicies(
    mutatingPolicy({
      name: 'one.tenantry.dev',
      resources: [about(['pods'])],
      matchConditions: [],
      variables: [],
      patches: ['[]'],
      namespaceSelector,
      params,
    }),
  );
  const bound = objects.filter(({ kind }) => kind.endsWith('Binding')).map(({ spec }) => spec);
  const ruled = (policyName: string, action: string, operation: string) => ({
    policyName,
    paramRef: { parameterNotFoundAction: action },
    matchResources: { resourceRules: [{ operations: [operation] }] },
  });
  expect(bound).toMatchObject([
    ruled('one.tenantry.dev', 'Deny', 'CREATE'),
    ruled('one.update.tenantry.dev', 'Allow', 'UPDATE'),
  ]);
});

test('patches are one, and the maps they add to are made before', () => {
  const change = (name: string, addsTo: 'labels' | 'annotations') =>
    mutatingPolicy({
      name: `${name}.tenantry.dev`,
      resources: [about(['pods'])],
      matchConditions: name === 'one' ? [] : [{ name: 'c', expression: 'is_two' }],
      variables: [],
      patches: [`${name}_1`, `${name}_2`],
      addsTo: [addsTo],
      namespaceSelector,
      params,
    });
  const objects = compilePolicies([...change('one', 'labels'), ...change('two', 'annotations')]);
  const { mutations, matchConditions } = objects.map(({ spec }) => spec)[0] as {
    mutations: { jsonPatch: { expression: string } }[];
    matchConditions?: unknown;
  };
  expect(matchConditions).toBeUndefined();
  const [mutation] = mutations;
  expect(mutations).toHaveLength(1);
  expect(mutation?.jsonPatch.expression).toMatch(
    /one_1.*one_2.*\(is_two\)\) \? \(\(two_1\) \+ \(two_2\)\) : \[\].*labels.*annotations.* \+ l\)\[0\]$/,
  );
});

describe('the first ring', () => {
  const all = ringOne({ configuration: 'default', protectedLabels: [] }) as (KubeObject & {
    spec: {
      policyName?: string;
      matchConstraints?: { namespaceSelector?: NamespaceSelector };
      matchResources?: { namespaceSelector?: NamespaceSelector };
    };
  })[];
  const policies = all.filter(({ kind }) => !kind.endsWith('Binding'));

  test('has no two policies of a name', () => {
    const names = policies.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
  });

  test.each([
    ['pods', 1],
    ['services', 2],
    ['configmaps', 2],
  ])(
    'changes new %s by %i policies with parameters of the tenant, and refuses by one',
    (name, count) => {
      interface Spec {
        matchConstraints: {
          resourceRules: ResourceRule[];
          excludeResourceRules?: ResourceRule[];
          objectSelector?: object;
        };
      }
      const isAbout = ({ resources, apiGroups, operations }: ResourceRule) =>
        operations.includes('CREATE') &&
        ['', '*'].includes(apiGroups[0] ?? '') &&
        ['*', '*/*', name].some((each) => resources.includes(each));
      const met = policies.filter((policy) => {
        const { matchConstraints } = policy['spec'] as Spec;
        const { resourceRules, excludeResourceRules = [], objectSelector } = matchConstraints;
        return (
          !objectSelector && resourceRules.some(isAbout) && !excludeResourceRules.some(isAbout)
        );
      });
      const of = (kind: string) => met.filter((policy) => policy.kind === kind);
      expect(of('MutatingAdmissionPolicy')).toHaveLength(count);
      // The other is about cordoned namespaces only.
      const refusing = of('ValidatingAdmissionPolicy').filter(
        ({ metadata }) => metadata.name !== 'cordon.tenantry.dev',
      );
      expect(refusing).toHaveLength(1);
    },
  );

  test('looks only at namespaces of tenants where it looks something up: what is not found refuses', () => {
    const lookingUp = policies.filter((policy) => 'paramKind' in (policy['spec'] as object));
    expect(lookingUp).not.toEqual([]);
    const [ofTenants] = inTenants.matchExpressions;
    const cordoned = { key: 'projectcapsule.dev/cordoned', operator: 'In', values: ['true'] };
    for (const policy of lookingUp) {
      const { matchConstraints } = policy['spec'] as { matchConstraints: object };
      expect([{ matchExpressions: [ofTenants] }, { matchExpressions: [cordoned] }]).toContainEqual(
        'namespaceSelector' in matchConstraints && matchConstraints.namespaceSelector,
      );
    }
  });

  test('is bound to namespaces of tenants that are not of the cluster, and are not nobody’s', () => {
    const selecting = all.filter(({ spec }) => spec.matchConstraints?.namespaceSelector);
    expect(selecting).not.toEqual([]);
    for (const { metadata, spec } of selecting) {
      const bindings = all.filter(({ spec: { policyName } }) => policyName === metadata.name);
      expect(bindings).not.toEqual([]);
      for (const { spec: bound } of bindings) {
        const selected = [spec.matchConstraints, bound.matchResources].flatMap(
          (each) => each?.namespaceSelector?.matchExpressions ?? [],
        );
        expect(selected).toEqual(expect.arrayContaining(inTenants.matchExpressions));
      }
    }
  });
});
