import { expect, test } from 'vitest';
import type { ClusterResource } from '../../api/capsule/cluster-resource.ts';
import { isAbout, ruleProblems, shownBy } from './cluster-resources.ts';

const asked = { group: 'networking.k8s.io', version: 'v1', resource: 'ingressclasses' };
const rule = (more: Partial<ClusterResource>): ClusterResource => ({
  apiGroups: ['*'],
  resources: ['*'],
  operations: ['List', 'Get'],
  selector: { matchLabels: { shared: 'yes' } },
  ...more,
});

test.each([
  [['*'], ['*'], true],
  [['networking.k8s.io'], ['ingressclasses'], true],
  [['networking.k8s.io/v1'], ['ingressclasses'], true],
  [['networking.k8s.io/v1beta1'], ['*'], false],
  [['*.k8s.io'], ['*'], true],
  [['networking.*'], ['*'], true],
  [['net*k8s*io'], ['*'], true],
  [['*/v1'], ['*'], true],
  [['net*x*io'], ['*'], false],
  // The parts of a pattern do not share letters.
  [['networking.k8s.io*k8s.io'], ['*'], false],
  [[''], ['*'], false],
  [['networking'], ['*'], false],
  [['*'], ['ingressclass'], false],
  [[], ['*'], false],
  [['*'], [], false],
])('groups %j and resources %j are about IngressClasses: %s', (apiGroups, resources, expected) => {
  expect(isAbout({ apiGroups, resources }, asked)).toBe(expected);
});

test('the empty group is the core group and no other', () => {
  const core = { group: '', version: 'v1', resource: 'nodes' };
  expect(isAbout({ apiGroups: [''], resources: ['*'] }, core)).toBe(true);
  expect(isAbout({ apiGroups: ['v1'], resources: ['*'] }, core)).toBe(false);
});

test.each<[ClusterResource['operations'], 'List' | 'Get', boolean]>([
  [['List', 'Get'], 'List', true],
  [['List'], 'Get', true],
  [['Get'], 'Get', true],
  [['Get'], 'List', false],
])('operations %j show for %s: %s', (operations, operation, isShown) => {
  expect(shownBy([rule({ operations })], asked, operation)).toEqual(
    isShown ? [{ matchLabels: { shared: 'yes' } }] : [],
  );
});

test('each rule selects by itself; what an empty selector or none at all would select is not shown', () => {
  const rules = [
    rule({ selector: {} }),
    rule({ selector: { matchExpressions: [{ key: 'a', operator: 'Like', values: ['b'] }] } }),
    rule({ selector: { matchLabels: { a: 'b) ,c' } } }),
    rule({
      selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'Exists' }] },
    }),
    rule({ selector: { matchExpressions: [{ key: 'd', operator: 'NotIn', values: ['e'] }] } }),
  ];
  expect(shownBy(rules, asked, 'List')).toEqual([rules[3]?.selector, rules[4]?.selector]);
  expect(ruleProblems(rules, 'spec.clusterResources')).toEqual([
    expect.stringMatching(/^spec\.clusterResources\[1\]\.selector is no label selector/),
    expect.stringMatching(/^spec\.clusterResources\[2\]/),
  ]);
  expect(ruleProblems(undefined, 'spec')).toEqual([]);
});
