import { expect, test } from 'vitest';
import { RuleStatus } from '../../../api/capsule/rule-status.ts';
import { checksOf } from '../normalise/checks-of.ts';
import { mutateMetadata } from './mutation.ts';

const { spec } = RuleStatus.decode({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'RuleStatus',
  metadata: { name: 'rules' },
  spec: [
    { labels: { stage: { default: 'dev' }, owner: { managed: 'a' } } },
    { labels: { stage: { default: 'test' }, owner: { managed: 'b' } } },
    { annotations: { note: { default: 'x' } }, kinds: ['Namespace', '*'] },
  ].map((rule) => ({ enforce: { metadata: [{ kinds: ['ConfigMap'], ...rule }] } })),
});

const mutated = (kind: string, labels?: Record<string, string>) =>
  mutateMetadata({
    operation: 'CREATE',
    kind: { group: '', version: 'v1', kind },
    object: { apiVersion: 'v1', kind, metadata: { name: 'a', ...(labels && { labels }) } },
    checks: checksOf(spec),
  }).metadata;

test('the last rule says the value; defaults fill gaps, managed values win', () => {
  expect(mutated('ConfigMap', { stage: 'prod', owner: 'me', more: 'x' })).toEqual({
    name: 'a',
    labels: { stage: 'prod', owner: 'b', more: 'x' },
    annotations: { note: 'x' },
  });
  expect(mutated('ConfigMap').labels).toEqual({ stage: 'test', owner: 'b' });
});

test('a wildcard means no Namespaces, their name does', () => {
  expect(mutated('Namespace')).toEqual({ name: 'a', annotations: { note: 'x' } });
  expect(mutated('Secret')).toEqual({ name: 'a', annotations: { note: 'x' } });
});
