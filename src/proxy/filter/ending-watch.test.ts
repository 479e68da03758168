import { expect, test } from 'vitest';
import { endingWatch } from './ending-watch.ts';
import { wholeLines } from './whole-lines.ts';

const expired = Buffer.from('list again\n');

async function* bodyOf(pieces: readonly string[], end: Promise<void> = Promise.resolve()) {
  for (const piece of pieces) yield Buffer.from(piece);
  await end;
}

async function read(body: AsyncIterable<Uint8Array>): Promise<string[]> {
  const out: string[] = [];
  for await (const piece of body) out.push(Buffer.from(piece).toString());
  return out;
}

const never = new Promise<void>(() => {});

test('pieces end where lines do; what is left at the end is half an event', async () => {
  expect(await read(wholeLines(bodyOf(['a\nb', 'c', '\n', 'd\ne\nf'])))).toEqual([
    'a\n',
    'bc\n',
    'd\ne\n',
  ]);
});

test('a watch that nothing ends is passed on as it is', async () => {
  expect(
    await read(endingWatch(wholeLines(bodyOf(['a\n', 'b\n'])), { isOver: never, expired })),
  ).toEqual(['a\n', 'b\n']);
});

test('one that is over ends with an event that says so, though nothing comes from upstream', async () => {
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  const body = endingWatch(wholeLines(bodyOf(['a\nhalf'], never)), { isOver, expired });
  expect((await body.next()).value?.toString()).toBe('a\n');
  const last = body.next();
  resolve();
  expect((await last).value).toEqual(expired);
  expect((await body.next()).done).toBe(true);
});

test('pieces of which nothing is left are not passed on', async () => {
  const ending = { isOver: never, expired, change: () => Buffer.alloc(0) };
  expect(await read(endingWatch(wholeLines(bodyOf(['a\n'])), ending))).toEqual([]);
});

test('one that was over before it began ends at once', async () => {
  const body = endingWatch(wholeLines(bodyOf(['a\n'], never)), {
    isOver: Promise.resolve(),
    expired,
  });
  const [first = ''] = (await read(body)).slice(-1);
  expect(first).toBe('list again\n');
});
