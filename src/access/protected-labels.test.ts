import { expect, test } from 'vitest';
import { protectedLabelKeys } from './protected-labels.ts';

test('every key any grant selects on is protected, once and in order', () => {
  expect(
    protectedLabelKeys([
      { namespaceSelectors: [{ matchLabels: { tier: 'gold', env: 'prod' } }] },
      { namespaceSelectors: [{ matchLabels: { env: 'dev' } }, { matchLabels: { region: 'eu' } }] },
    ]),
  ).toEqual(['env', 'region', 'tier']);
});

test('labels no tenant can set need no protection', () => {
  expect(
    protectedLabelKeys([
      {
        namespaceSelectors: [
          {
            matchLabels: { 'kubernetes.io/metadata.name': 'a', 'capsule.clastix.io/tenant': 'oil' },
          },
        ],
      },
    ]),
  ).toEqual([]);
});

test('grants without selectors or labels protect nothing', () => {
  expect(
    protectedLabelKeys([undefined, {}, { namespaceSelectors: [] }, { namespaceSelectors: [{}] }]),
  ).toEqual([]);
});
