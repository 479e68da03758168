import { describe, expect, test } from 'vitest';
import { everyLabel, isProtected, powerfulLabels, protectedLabelKeys } from './protected-labels.ts';

/** The platform's grants, each of one selector. */
const ofPlatform = (...matchLabels: Record<string, string>[]) =>
  matchLabels.map((each) => ({
    grant: { namespaceSelectors: [{ matchLabels: each }] },
    tenant: '',
  }));

test('every key a grant of the platform selects on is protected, once and in order', () => {
  expect(
    protectedLabelKeys(ofPlatform({ tier: 'gold', env: 'prod' }, { env: 'dev' }, { region: 'eu' })),
  ).toEqual(['env', 'region', ...powerfulLabels, 'tier']);
});

test('labels no tenant can set need no protection, what Kubernetes shares by always does', () => {
  const identities = { 'kubernetes.io/metadata.name': 'a', 'capsule.clastix.io/tenant': 'oil' };
  expect(protectedLabelKeys(ofPlatform(identities))).toEqual(powerfulLabels);
});

test('grants without selectors or labels protect nothing else', () => {
  const grants = [undefined, {}, { namespaceSelectors: [] }, { namespaceSelectors: [{}] }];
  expect(protectedLabelKeys(grants.map((grant) => ({ grant, tenant: '' })))).toEqual(
    powerfulLabels,
  );
});

describe('what somebody writes into a source', () => {
  test('keeps no label from others if a tenant wrote it', () => {
    const [grant] = ofPlatform({ team: 'x', 'pod-security.kubernetes.io/enforce': 'privileged' });
    expect(protectedLabelKeys([{ grant: grant?.grant, tenant: 'gas' }])).toEqual(powerfulLabels);
  });

  test.each(['a\nb', "a'b", '', 'a b', 'a/b/c', 'a'.repeat(64), `${'a'.repeat(254)}/b`, 'Ä'])(
    'is left out if no label has such a key: %j',
    (key) => {
      expect(protectedLabelKeys(ofPlatform({ [key]: 'x', fine: 'x' }))).toEqual([
        'fine',
        ...powerfulLabels,
      ]);
    },
  );

  test.each([
    ['many', Array.from({ length: 1001 }, (_, index) => `key-${index}`)],
    ['long', Array.from({ length: 200 }, (_, index) => `${'a'.repeat(250)}/b${index}`)],
  ])('protects every label when it is too %s to be named', (_, keys) => {
    const all = Object.fromEntries(keys.map((key) => [key, 'x']));
    expect(protectedLabelKeys(ofPlatform(all))).toEqual([everyLabel]);
  });
});

test.each([
  [['env'], 'env', true],
  [['env'], 'team', false],
  [[everyLabel], 'team', true],
  [[everyLabel], 'capsule.clastix.io/tenant', false],
  [[everyLabel], 'kubernetes.io/metadata.name', false],
])('of %j, %s is protected: %s', (labels, key, expected) => {
  expect(isProtected(labels, key)).toBe(expected);
});
