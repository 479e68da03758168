import { expect, test } from 'vitest';
import { decideAccount, type AccountFacts } from './decide-account.ts';

const enabled = { 'capsule.addon.fluxcd/enabled': 'true' };
const global = { ...enabled, 'capsule.addon.fluxcd/kubeconfig-global': 'true' };
const facts: AccountFacts = {
  account: { namespace: 'oil-system', name: 'gitops' },
  annotations: enabled,
  owned: ['oil'],
  declared: new Map(),
  homeTenant: '',
  isSystemHome: false,
  isGoing: false,
};
const declared = new Map([['oil', { everywhere: false }]]);
const declaredEverywhere = new Map([['oil', { everywhere: true }]]);

test.each<[string, Partial<AccountFacts>, string[]]>([
  ['annotated', {}, []],
  ['annotated to be global', { annotations: global, owned: ['gas', 'oil'] }, ['gas', 'oil']],
  ['declared', { annotations: {}, declared }, []],
  ['declared for all namespaces', { declared: declaredEverywhere, owned: ['gas', 'oil'] }, ['oil']],
  ['at home in a tenant of its own', { homeTenant: 'oil' }, []],
])('an owner that is %s is equipped', (_how, some, everywhere) => {
  expect(decideAccount({ ...facts, ...some })).toMatchObject({ do: 'equip', everywhere });
});

test.each<[string, Partial<AccountFacts>]>([
  ['is not annotated', { annotations: {} }],
  [
    'is annotated with something else',
    { annotations: { ...enabled, [Object.keys(enabled)[0]!]: '1' } },
  ],
  ['asks to be global only', { annotations: { 'capsule.addon.fluxcd/kubeconfig-global': 'true' } }],
  ['owns nothing', { owned: [] }],
  ['is being deleted', { isGoing: true }],
])('one that %s gets nothing', (_how, some) => {
  expect(decideAccount({ ...facts, ...some })).toEqual({ do: 'nothing' });
});

test.each<[string, Partial<AccountFacts>]>([
  ["a neighbour's namespace", { homeTenant: 'gas' }],
  ["the cluster's own namespaces", { isSystemHome: true }],
])('an owner in %s is refused, however it is named', (_where, some) => {
  for (const how of [{}, { annotations: {}, declared }]) {
    expect(decideAccount({ ...facts, ...some, ...how })).toMatchObject({ do: 'refuse' });
  }
});

test("a refusal does not name the neighbour's tenant", () => {
  const decision = decideAccount({ ...facts, homeTenant: 'gas' });
  expect(JSON.stringify(decision)).not.toContain('gas');
});
