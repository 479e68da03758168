import { expect, it } from 'vitest';
import type { RunEvent } from '../../../runtime/run.ts';
import type { Work } from '../work.ts';
import { tellChanges } from './apply-build.ts';
import type { Change } from './changes.ts';

const change = (name: string, action: Change['action']): Change => ({
  ref: { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'team', name },
  action,
});

/** What is told of changes, with the gate on or off. */
function told(GroupChangeLog: boolean, changes: Change[]) {
  const logged: unknown[] = [];
  const events: RunEvent[] = [];
  const log = { info: (_: string, fields: object) => void logged.push(fields) };
  const run = { log, event: (event: RunEvent) => void events.push(event) };
  // Nothing else is looked at.
  tellChanges(changes, { run, deps: { gates: { GroupChangeLog } } } as unknown as Work);
  return { logged, events: events.map(({ message }) => message) };
}

it('the gate groups the log, and events stay as they are', () => {
  const changes = [change('a', 'created'), change('b', 'unchanged'), change('c', 'configured')];
  const lines = 'ConfigMap/team/a created\nConfigMap/team/c configured';
  expect(told(false, changes)).toEqual({ logged: [{ changes: lines }], events: [lines] });
  const grouped = { created: ['ConfigMap/team/a'], configured: ['ConfigMap/team/c'] };
  expect(told(true, changes)).toEqual({ logged: [{ changes: grouped }], events: [lines] });
});

it('nothing is told of nothing', () => {
  expect(told(true, [change('b', 'unchanged')])).toEqual({ logged: [], events: [] });
});
