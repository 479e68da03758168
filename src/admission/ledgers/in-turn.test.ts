import { expect, test } from 'vitest';
import { inTurn } from './in-turn.ts';

test('work of one key runs in order, also after a failure; other keys do not wait', async () => {
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = inTurn('a', async () => {
    await gate.promise;
    log.push('first');
    throw new Error('fails');
  });
  const second = inTurn('a', async () => {
    log.push('second');
    return 2;
  });
  await inTurn('b', async () => void log.push('other'));
  gate.resolve();
  await expect(first).rejects.toThrow('fails');
  expect(await second).toBe(2);
  expect(log).toEqual(['other', 'first', 'second']);
});
