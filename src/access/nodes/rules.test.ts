import { expect, test } from 'vitest';
import { firstRefusal } from '../policy/rule.ts';
import { forbidsAnything, nodeRules } from './rules.ts';

const nodeMetadata = {
  forbiddenLabels: { denied: ['pool'], deniedRegex: '^node\\.oil\\.io/' },
  forbiddenAnnotations: { denied: ['owner'] },
};
const nothing = { labels: {}, annotations: {}, oldLabels: {}, oldAnnotations: {} };
const refused = (facts: Partial<typeof nothing>, settings = { nodeMetadata }) =>
  firstRefusal(nodeRules(settings), { ...nothing, ...facts })?.rule;

test.each([
  ['a free label', { labels: { team: 'x' } }, undefined],
  ['a forbidden label', { labels: { pool: 'x' } }, 'node-labels-kept'],
  ['one that stays', { labels: { pool: 'x' }, oldLabels: { pool: 'x' } }, undefined],
  ['another value', { labels: { pool: 'y' }, oldLabels: { pool: 'x' } }, 'node-labels-kept'],
  ['taking it off', { oldLabels: { pool: 'x' } }, 'node-labels-kept'],
  ['a label by pattern', { labels: { 'node.oil.io/x': '' } }, 'node-labels-kept'],
  ['a label that only looks like it', { labels: { 'a.node.oil.io/x': '' } }, undefined],
  ['a forbidden annotation', { annotations: { owner: 'x' } }, 'node-annotations-kept'],
  ['the label’s key as an annotation', { annotations: { pool: 'x' } }, undefined],
])('%s', (_, facts, rule) => {
  expect(refused(facts)).toBe(rule);
});

test('without a policy everything goes', () => {
  expect(forbidsAnything({})).toBe(false);
  expect(forbidsAnything({ nodeMetadata: { forbiddenLabels: { denied: [] } } })).toBe(false);
  expect(forbidsAnything({ nodeMetadata })).toBe(true);
});
