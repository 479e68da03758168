import { expect, test } from 'vitest';
import { untilOver } from './ending-watch.ts';
import { wholeLines } from './whole-lines.ts';

const asIs = (lines: Uint8Array) => lines;

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
  expect(await read(untilOver(wholeLines(bodyOf(['a\n', 'b\n'])), never, asIs))).toEqual([
    'a\n',
    'b\n',
  ]);
});

test('one that is over ends with an event that says so, though nothing comes from upstream', async () => {
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  const body = untilOver(wholeLines(bodyOf(['a\nhalf'], never)), isOver, asIs);
  expect((await body.next()).value?.toString()).toBe('a\n');
  const last = body.next();
  resolve();
  const event = JSON.parse(Buffer.from((await last).value ?? []).toString()) as unknown;
  expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  expect((await body.next()).done).toBe(true);
});

test('pieces of which nothing is left are not passed on', async () => {
  const nothing = () => Buffer.alloc(0);
  expect(await read(untilOver(wholeLines(bodyOf(['a\n'])), never, nothing))).toEqual([]);
});
