import { expect, test } from 'vitest';
import { createFakeClock } from '../../../../test/support/fake-clock.ts';
import { readAmounts } from '../../../kube/resource-list.ts';
import { createRefusals } from './refusals.ts';

const quota = { namespace: 'oil-a', name: 'capsule-oil-0' };
const message =
  'Error creating: pods "web-x" is forbidden: exceeded quota: capsule-oil-0, ' +
  'requested: limits.cpu=500m,pods=1, used: limits.cpu=2,pods=5, limited: limits.cpu=2,pods=5';
const event = (text: string, at: number) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'oil-a' },
  message: text,
  lastTimestamp: new Date(at).toISOString(),
});

test('what was refused is wanted, for half a minute', async () => {
  const clock = createFakeClock();
  const refusals = createRefusals(clock);
  const noted: object[] = [];
  refusals.onNote((each) => noted.push(each));
  refusals.note(event(message, clock.now()));
  expect(noted).toEqual([quota]);
  expect(refusals.wantedOf(quota)).toEqual(readAmounts({ 'limits.cpu': '500m', pods: 1 }));
  expect(refusals.wantedOf({ ...quota, namespace: 'oil-b' })).toEqual(new Map());
  await clock.advance(30_001);
  expect(refusals.wantedOf(quota)).toEqual(new Map());
});

test.each([
  ['of long ago', message, -31_000],
  ['about something else', 'Error creating: pods "web-x" is forbidden: violates PodSecurity', 0],
  ['without amounts', 'exceeded quota: capsule-oil-0, requested: , used: x', 0],
])('an event %s is no wish', (_, text, age) => {
  const clock = createFakeClock();
  const refusals = createRefusals(clock);
  refusals.note(event(text, clock.now() + age));
  expect(refusals.wantedOf(quota)).toEqual(new Map());
});
