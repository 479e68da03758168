import { expect, test } from 'vitest';
import { Tenant } from '../../../api/capsule/tenant.ts';
import { ruleQuotas } from './rule-quotas.ts';

const quotasOf = (rules: object[]) => {
  const { spec } = Tenant.decode({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: 'oil' },
    spec: { rules },
  });
  return ruleQuotas({ name: 'oil', uid: 'uid' }, spec);
};

test('a quota is over the namespaces of the tenant that its rule is about', () => {
  const namespaceSelector = { matchLabels: { tier: 'prod' } };
  const quota = [{ name: 'compute', hard: { 'limits.cpu': '1000m' }, scopes: ['NotTerminating'] }];
  const [made] = quotasOf([{ namespaceSelector, quota }]);
  expect(made).toMatchObject({
    metadata: {
      name: 'oil-compute',
      labels: { 'projectcapsule.dev/tenant': 'oil', 'projectcapsule.dev/rule-quota': 'compute' },
      ownerReferences: [{ kind: 'Tenant', uid: 'uid', controller: true }],
    },
    spec: {
      namespaceSelectors: [{ matchLabels: { tier: 'prod', 'capsule.clastix.io/tenant': 'oil' } }],
      quota: { hard: { 'limits.cpu': '1' }, scopes: ['NotTerminating'] },
    },
  });
});

test('a rule cannot reach namespaces of others, whatever it selects', () => {
  const namespaceSelector = { matchLabels: { 'capsule.clastix.io/tenant': 'gas' } };
  const [made] = quotasOf([{ namespaceSelector, quota: [{ name: 'a', hard: { pods: 1 } }] }]);
  expect(JSON.stringify(made?.['spec'])).not.toContain('gas');
});

test('a name twice is refused', () => {
  const quota = [{ name: 'a', hard: { pods: 1 } }];
  expect(() => quotasOf([{ quota }, { quota }])).toThrow('spec.rules[1].quota[0].name');
});
