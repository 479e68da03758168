import { expect, test } from 'vitest';
import { RuleStatus } from '../../api/capsule/rule-status.ts';
import { shownRules } from './keep-status.ts';

const rulesOf = (...rules: object[]) =>
  RuleStatus.decode({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'RuleStatus',
    metadata: { name: 'rules' },
    spec: rules,
  }).spec;

test('what decides requests is shown, block by block, and quotas are not', () => {
  const shown = shownRules(
    rulesOf(
      { quota: [{ name: 'a', hard: { pods: 1 } }] },
      {
        audience: [{ kind: 'User', name: 'alice' }],
        quota: [{ name: 'b', hard: { pods: 1 } }],
        enforce: { services: { types: ['ClusterIP'] } },
      },
    ),
  );
  expect(shown).toEqual([
    {
      audience: [{ kind: 'User', name: 'alice' }],
      enforce: { action: 'deny', services: { types: ['ClusterIP'] } },
    },
  ]);
});

test.each([
  [undefined, ['v1']],
  [[], ['v1']],
  [
    ['', ' apps '],
    ['v1', 'apps'],
  ],
  [['v1', ''], ['v1']],
])('groups %j are shown as %j', (apiGroups, shown) => {
  const metadata = [{ kinds: ['Pod'], labels: {}, ...(apiGroups && { apiGroups }) }];
  expect(shownRules(rulesOf({ enforce: { metadata } }))[0]?.enforce?.metadata).toMatchObject([
    { apiGroups: shown },
  ]);
});
