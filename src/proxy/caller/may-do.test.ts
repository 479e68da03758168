import { expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import type { ResourceAttributes } from '../../kube/access-review.ts';
import type { Caller } from './caller.ts';
import { rememberAllowed, rememberMs } from './may-do.ts';

/** What is remembered of who may be impersonated by whom. */
const question = { verb: 'impersonate', resource: 'users', name: 'alice' };
const caller: Caller = { user: 'bob', groups: ['devs'], uid: '1', extra: { scopes: ['a'] } };

function start(answer: (caller: Caller, attributes: ResourceAttributes) => Promise<boolean>) {
  const asked: [Caller, ResourceAttributes][] = [];
  const clock = createFakeClock();
  const mayDo = rememberAllowed((...call) => {
    asked.push(call);
    return answer(...call);
  }, clock);
  return { mayDo, asked, clock };
}

test('what is allowed is asked once, and again when its time is over', async () => {
  let isAllowed = true;
  const { mayDo, asked, clock } = start(() => Promise.resolve(isAllowed));
  expect(
    await Promise.all([mayDo(caller, question), mayDo({ ...caller }, { ...question })]),
  ).toEqual([true, true]);
  isAllowed = false;
  clock.tick(rememberMs - 1);
  expect(await mayDo(caller, question)).toBe(true);
  expect(asked).toHaveLength(1);
  clock.tick(1);
  expect(await mayDo(caller, question)).toBe(false);
});

test('a refusal counts for those who asked meanwhile, and for nobody after them', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { mayDo, asked } = start(() => (asked.length === 1 ? promise : Promise.resolve(true)));
  const waiting = [mayDo(caller, question), mayDo(caller, question)];
  resolve(false);
  expect(await Promise.all(waiting)).toEqual([false, false]);
  expect(await mayDo(caller, question)).toBe(true);
  expect(asked).toHaveLength(2);
});

test('neither is it remembered that nobody could say', async () => {
  const { mayDo, asked } = start(() =>
    asked.length === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve(true),
  );
  await expect(mayDo(caller, question)).rejects.toThrow('no answer');
  expect(await mayDo(caller, question)).toBe(true);
});

test.each<[string, Partial<Caller>, Partial<ResourceAttributes>]>([
  ['another user', { user: 'eve' }, {}],
  ['no group', { groups: [] }, {}],
  ['another group', { groups: ['devs,ops'] }, {}],
  ['another account of the name', { uid: '2' }, {}],
  ['narrower extra', { extra: { scopes: ['a', 'b'] } }, {}],
  ['another key of extra', { extra: { other: ['a'] } }, {}],
  ['another name', {}, { name: 'root' }],
  ['another resource', {}, { resource: 'groups' }],
  ['another group of resources', {}, { group: 'authentication.k8s.io' }],
  ['a subresource', {}, { subresource: 'scopes' }],
  ['a namespace', {}, { namespace: 'default' }],
  ['another verb', {}, { verb: 'get' }],
])('what was allowed says nothing of %s', async (_, who, what) => {
  const { mayDo, asked } = start(() => Promise.resolve(asked.length === 1));
  expect(await mayDo(caller, question)).toBe(true);
  expect(await mayDo({ ...caller, ...who }, { ...question, ...what })).toBe(false);
  expect(asked).toHaveLength(2);
});
