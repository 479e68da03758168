import { expect, test } from 'vitest';
import { readAmounts } from '../../kube/resource-list.ts';
import { customResourceLimits, limitAnnotations, usedAnnotations } from './custom-resources.ts';

const tenant = (annotations: Record<string, string>) => ({
  metadata: { name: 'oil', annotations },
});
const key = 'quota.resources.capsule.clastix.io/widgets.example.com_v1';

test('annotations limit how many there may be of a kind', () => {
  expect(customResourceLimits(tenant({ [key]: '3', other: '1' }))).toEqual({
    'count/widgets.example.com': '3',
  });
  expect(limitAnnotations(tenant({ [key]: '3', other: '1' }))).toEqual({ [key]: '3' });
});

test.each([
  ['quota.resources.capsule.clastix.io/widgets.example.com', '3'],
  ['quota.resources.capsule.clastix.io/widgets_v1', '3'],
  [key, 'many'],
  [key, '-1'],
])('%s: %s limits nothing', (name, value) => {
  expect(customResourceLimits(tenant({ [name]: value }))).toEqual({});
});

test('how many there are is told where that has changed', () => {
  const used = readAmounts({ 'count/widgets.example.com': '2' });
  const told = 'used.resources.capsule.clastix.io/widgets.example.com_v1';
  expect(usedAnnotations(tenant({ [key]: '3' }), used)).toEqual({ [told]: '2' });
  expect(usedAnnotations(tenant({ [key]: '3', [told]: '2' }), used)).toEqual({});
  expect(usedAnnotations(tenant({ [key]: '3' }), new Map())).toEqual({});
});
