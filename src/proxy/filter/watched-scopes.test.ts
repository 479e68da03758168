import { expect, test } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import { createLog } from '../../base/log.ts';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { endStale } from './end-stale.ts';
import { createWatchedScopes } from './watched-scopes.ts';

/** Time that passes at once when it is asked for. */
function started() {
  const due: (() => void)[] = [];
  const clock: Clock = { now: () => 0, after: (_ms, callback) => (due.push(callback), () => {}) };
  const scopes = createWatchedScopes(clock, createLog({ level: 'error', write: () => {} }));
  const settle = async () => {
    for (const callback of due.splice(0)) callback();
    // As many turns as there are things to await in a look at a few watches.
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  };
  return { scopes, settle };
}

const scope = (hasChanged: () => Promise<boolean>) => {
  const ends: true[] = [];
  return { ends, scope: { hasChanged, end: () => void ends.push(true) } };
};

test('a watch whose scope has changed ends, once; others go on', async () => {
  const { scopes, settle } = started();
  const [changed, same] = [scope(() => Promise.resolve(true)), scope(() => Promise.resolve(false))];
  scopes.add(changed.scope, 0);
  scopes.add(same.scope, 0);
  scopes.changed();
  scopes.changed();
  await settle();
  scopes.changed();
  await settle();
  expect([changed.ends.length, same.ends.length]).toEqual([1, 0]);
});

test('what cannot be found out ends it; one that has ended by itself is not looked at', async () => {
  const { scopes, settle } = started();
  const [unknown, over] = [
    scope(() => Promise.reject(new Error('away'))),
    scope(() => Promise.resolve(true)),
  ];
  scopes.add(unknown.scope, 0);
  scopes.add(over.scope, 0)();
  scopes.changed();
  await settle();
  expect([unknown.ends.length, over.ends.length]).toEqual([1, 0]);
});

test('what changed while a watch was decided about is looked at, too', async () => {
  const { scopes, settle } = started();
  const decidedAt = scopes.changes;
  scopes.changed();
  await settle();
  const late = scope(() => Promise.resolve(true));
  scopes.add(late.scope, decidedAt);
  await settle();
  expect(late.ends).toHaveLength(1);
  const current = scope(() => Promise.resolve(true));
  scopes.add(current.scope, scopes.changes);
  await settle();
  expect(current.ends).toHaveLength(0);
});

test('while what decides is too old, watches are looked at again and again; else they are not', async () => {
  const [clock, ending] = [createFakeClock(), new AbortController()];
  const found = { isCurrent: true, looks: 0 };
  const done = endStale({
    scopes: { changed: () => void (found.looks += 1) },
    isCurrent: () => found.isCurrent,
    clock,
    signal: ending.signal,
  });
  await clock.advance(60_000);
  expect(found.looks).toBe(0);
  found.isCurrent = false;
  await clock.advance(30_000);
  expect(found.looks).toBeGreaterThan(1);
  ending.abort();
  await done;
});
