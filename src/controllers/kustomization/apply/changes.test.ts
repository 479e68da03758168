import { expect, test } from 'vitest';
import { formatChanges, groupChanges, realChanges, type Change } from './changes.ts';

const change = (name: string, action: Change['action']): Change => ({
  ref: { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'team', name },
  action,
});
const changes = [
  change('a', 'created'),
  change('b', 'unchanged'),
  change('c', 'configured'),
  change('d', 'created'),
  change('e', 'skipped'),
];

test('the change log has a line per object that was written', () => {
  expect(formatChanges(realChanges(changes))).toBe(
    'ConfigMap/team/a created\nConfigMap/team/c configured\nConfigMap/team/d created',
  );
});

test('grouped, it has a key per action', () => {
  expect(groupChanges(realChanges(changes))).toEqual({
    created: ['ConfigMap/team/a', 'ConfigMap/team/d'],
    configured: ['ConfigMap/team/c'],
  });
});
