import { describe, expect, test } from 'vitest';
import { promotionBindings, rulePromotions, type PromotionsRequest } from './promotions.ts';

const namespaces = [
  { name: 'oil-apps', labels: { stage: 'prod' } },
  { name: 'oil-test', labels: { stage: 'test' } },
];
const account = (namespace: string, name: string, labels = {}) => ({ namespace, name, labels });
const promote = (request: Partial<PromotionsRequest>) =>
  rulePromotions({ rules: [], namespaces, accounts: [], ...request });

describe('accounts that rules promote', () => {
  test('get the roles in every namespace that the rule selects', () => {
    const rules = [{ permissions: { promotions: [{ clusterRoles: ['view', 'edit'] }] } }];
    expect(promote({ rules, accounts: [account('oil-apps', 'ci')] })).toEqual([
      {
        kind: 'ServiceAccount',
        name: 'system:serviceaccount:oil-apps:ci',
        clusterRoles: ['edit', 'view'],
        targets: ['oil-apps', 'oil-test'],
      },
    ]);
  });

  test('are those of the selected namespaces that the selector selects, and no others', () => {
    const rules = [
      {
        namespaceSelector: { matchLabels: { stage: 'prod' } },
        permissions: {
          promotions: [{ clusterRoles: ['view'], selector: { matchLabels: { team: 'a' } } }],
        },
      },
    ];
    const accounts = [
      account('oil-apps', 'ci', { team: 'a' }),
      account('oil-apps', 'other', { team: 'b' }),
      account('oil-test', 'ci', { team: 'a' }),
      account('gas-apps', 'ci', { team: 'a' }),
    ];
    const promoted = promote({ rules, accounts });
    expect(promoted.map(({ name }) => name)).toEqual(['system:serviceaccount:oil-apps:ci']);
    expect(promoted[0]?.targets).toEqual(['oil-apps']);
  });

  test("never hold one rule's roles in another rule's namespaces", () => {
    const rules = [
      {
        namespaceSelector: { matchLabels: { stage: 'prod' } },
        permissions: { promotions: [{ clusterRoles: ['view'] }] },
      },
      { permissions: { promotions: [{ clusterRoles: ['edit'] }] } },
    ];
    const promoted = promote({ rules, accounts: [account('oil-apps', 'ci')] });
    const rolesIn = (namespace: string) =>
      promotionBindings(promoted, namespace).map(({ clusterRoleName }) => clusterRoleName);
    expect(rolesIn('oil-apps').sort()).toEqual(['edit', 'view']);
    expect(rolesIn('oil-test')).toEqual(['edit']);
    expect(rolesIn('gas-apps')).toEqual([]);
  });

  test('get nothing from a rule without roles', () => {
    const rules = [{ permissions: { promotions: [{}] } }];
    expect(promote({ rules, accounts: [account('oil-apps', 'ci')] })).toEqual([]);
  });
});
