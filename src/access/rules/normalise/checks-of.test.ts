import { expect, test } from 'vitest';
import { NamespaceChecks } from '../../../api/capsule/rules/checks.ts';
import { RuleStatus } from '../../../api/capsule/rule-status.ts';
import { isFound } from '../pattern.ts';
import { checksOf } from './checks-of.ts';
import { keyExpression } from './key-expression.ts';
import { isOfNamespaces, targetExpression } from './target-expression.ts';

const checks = (...rules: object[]) =>
  checksOf(
    RuleStatus.decode({
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'RuleStatus',
      metadata: { name: 'rules' },
      spec: rules,
    }).spec,
  );

test('no rules are no checks', () => {
  expect(checks({ quota: [] }, { enforce: {} })).toEqual({});
});

test('of one rule the last registry comes first, for the first that matches says how to pull', () => {
  const { images = [] } = checks(
    { enforce: { workloads: { registries: [{ exp: 'a' }, { exp: 'b' }] } } },
    { enforce: { workloads: { registries: [{ exp: 'c' }] } } },
  );
  expect(images.map(({ exp }) => exp)).toEqual(['b', 'a', 'c']);
});

test('audiences are sorted by what they name, addresses are networks, nothing is left out', () => {
  const all = checks({
    audience: [
      { kind: 'User', name: 'alice' },
      { kind: 'ServiceAccount', name: 'system:serviceaccount:a:b' },
      { kind: 'Group', name: 'devs' },
      { kind: 'Custom', name: 'TenantOwner' },
    ],
    enforce: {
      action: 'audit',
      services: { loadBalancers: { cidrs: ['10.0.0.1', ' ::1 '] }, types: ['NodePort'] },
    },
  });
  expect(NamespaceChecks.parse(all)).toEqual(all);
  expect(all.loadBalancers).toEqual([
    {
      action: 'audit',
      audience: {
        users: ['alice', 'system:serviceaccount:a:b'],
        groups: ['devs'],
        classes: ['TenantOwner'],
      },
      cidrs: ['10.0.0.1/32', '::1/128'],
      shown: '10.0.0.1/32, ::1/128',
    },
  ]);
  expect(all.serviceTypes?.[0]).toMatchObject({ exact: ['NodePort'], negate: false });
});

test('keys that are Capsule’s own are not checked, and required counts where it allows', () => {
  const key = { required: true };
  const rule = { kinds: ['Pod'], labels: { 'capsule.clastix.io/tenant': key, team: key } };
  const { metadata = [] } = checks(
    { enforce: { metadata: [rule] } },
    { enforce: { action: 'allow', metadata: [rule] } },
  );
  expect(metadata.map(({ key: name, required }) => [name, required])).toEqual([
    ['team', false],
    ['team', true],
  ]);
});

test.each([
  ['team', 'team', true],
  ['example.com/team', 'exampleXcom/team', false],
  ['example.com/*', 'example.com/any', true],
  ['te.+', 'team', true],
  ['te.*m', 'team', true],
  ['**', 'x', true],
])('a key %s means %s: %s', (key, name, means) => {
  expect(isFound(keyExpression(key), name)).toBe(means);
});

test.each<[string[], string[], string, boolean]>([
  [[], ['ConfigMap'], '/v1/ConfigMap', true],
  [['v1'], ['ConfigMap'], '/v1/ConfigMap', true],
  [[''], ['ConfigMap'], '/v1/Secret', false],
  [['apps'], ['Deployment'], 'apps/v1/Deployment', true],
  [['apps/v1'], ['Deployment'], 'apps/v1beta1/Deployment', false],
  [['apps/*'], ['*'], 'apps/v1/Deployment', true],
  [['*'], ['*'], '/v1/Secret', true],
  [['*.example.com'], ['Wid*'], 'a.example.com/v1/Widget', true],
  [['apps'], ['ConfigMap'], '/v1/ConfigMap', false],
])('groups %j and kinds %j are about %s: %s', (apiGroups, kinds, target, about) => {
  expect(isFound(targetExpression({ apiGroups, kinds }), target)).toBe(about);
});

test.each<[string[], string[], boolean]>([
  [[], ['Namespace'], true],
  [['*'], ['Namespace'], true],
  [[], ['*'], false],
  [['apps'], ['Namespace'], false],
])('groups %j and kinds %j mean Namespaces: %s', (apiGroups, kinds, mean) => {
  expect(isOfNamespaces({ apiGroups, kinds })).toBe(mean);
});
