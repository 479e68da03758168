import { expect, test } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import { createListRights } from './list-rights.ts';

const pods = { verb: 'list', group: '', resource: 'pods' };
const alice = { user: 'alice', groups: ['devs'] };

function started(allows: (namespace: string, user: string) => boolean = () => true) {
  const asked: string[] = [];
  let now = 0;
  const clock: Clock = { now: () => now, after: () => () => {} };
  const rights = createListRights(({ user }, { namespace = '', verb, resource }) => {
    asked.push(`${user} ${verb} ${resource} ${namespace}`);
    return Promise.resolve(allows(namespace, user));
  }, clock);
  return { rights, asked, pass: (ms: number) => void (now += ms) };
}

test('each namespace is asked about by itself, and once', async () => {
  const { rights, asked } = started((namespace) => namespace !== 'b');
  expect(await rights.among(alice, pods, ['a', 'b', 'c'])).toEqual(['a', 'c']);
  expect(await rights.among(alice, pods, ['a', 'b', 'c'])).toEqual(['a', 'c']);
  expect(asked).toHaveLength(3);
});

test('what one may, another may not for that: users, groups, verbs and kinds are asked about apart', async () => {
  const { rights, asked } = started((_namespace, user) => user === 'alice');
  expect(await rights.among(alice, pods, ['a'])).toEqual(['a']);
  expect(await rights.among({ ...alice, user: 'bob' }, pods, ['a'])).toEqual([]);
  await rights.among({ ...alice, groups: [] }, pods, ['a']);
  await rights.among({ ...alice, uid: '1' }, pods, ['a']);
  await rights.among({ ...alice, extra: { scopes: ['x'] } }, pods, ['a']);
  await rights.among(alice, { ...pods, verb: 'watch' }, ['a']);
  await rights.among(alice, { ...pods, resource: 'secrets' }, ['a']);
  await rights.among(alice, { ...pods, group: 'metrics.k8s.io' }, ['a']);
  expect(asked).toHaveLength(8);
});

test('a change in a namespace has that asked about anew; one that counts in all, all', async () => {
  const { rights, asked } = started();
  await rights.among(alice, pods, ['a', 'b']);
  rights.invalidate('a');
  await rights.among(alice, pods, ['a', 'b']);
  expect(asked.slice(2)).toEqual(['alice list pods a']);
  rights.invalidate(undefined);
  await rights.among(alice, pods, ['a', 'b']);
  expect(asked).toHaveLength(5);
});

test('rights that change without a word are found out in time', async () => {
  const { rights, asked, pass } = started();
  await rights.among(alice, pods, ['a']);
  pass(9_999);
  await rights.among(alice, pods, ['a']);
  expect(asked).toHaveLength(1);
  pass(1);
  await rights.among(alice, pods, ['a']);
  expect(asked).toHaveLength(2);
});

test('what could not be found out is not remembered', async () => {
  let fails = true;
  const clock: Clock = { now: () => 0, after: () => () => {} };
  const rights = createListRights(
    () => (fails ? Promise.reject(new Error('no answer')) : Promise.resolve(true)),
    clock,
  );
  await expect(rights.among(alice, pods, ['a'])).rejects.toThrow('no answer');
  fails = false;
  expect(await rights.among(alice, pods, ['a'])).toEqual(['a']);
});
