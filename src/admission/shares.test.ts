import { expect, test } from 'vitest';
import { createShares } from './shares.ts';

/** Work that goes on until it is told to end. */
function lasting() {
  const { promise, resolve } = Promise.withResolvers<'done'>();
  return { work: () => promise, end: () => resolve('done') };
}

test('a sender has so much under way and no more, and others have theirs', async () => {
  const inShare = createShares({ ofOne: 1, ofAll: 2 });
  const [first, second] = [lasting(), lasting()];
  const ofMallory = inShare('mallory', first.work);
  expect(await inShare('mallory', () => Promise.resolve('more'))).toBeUndefined();
  const ofAlice = inShare('alice', second.work);
  expect(await inShare('bob', () => Promise.resolve('beyond all'))).toBeUndefined();
  first.end();
  expect(await ofMallory).toBe('done');
  expect(await inShare('mallory', () => Promise.resolve('again'))).toBe('again');
  second.end();
  expect(await ofAlice).toBe('done');
});

test('what fails is over, too', async () => {
  const inShare = createShares({ ofOne: 1, ofAll: 1 });
  await expect(inShare('alice', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await inShare('alice', () => Promise.resolve('yes'))).toBe('yes');
});
