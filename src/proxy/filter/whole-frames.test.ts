import { expect, test } from 'vitest';
import { wholeFrames } from './whole-frames.ts';
import { LongEventError } from './whole-lines.ts';

/** A frame of so many bytes, behind their number. */
function frame(length: number): Buffer {
  const bytes = Buffer.alloc(4 + length, 0xff);
  bytes.writeUInt32BE(length);
  return bytes;
}

async function cut(pieces: readonly Uint8Array[]): Promise<Buffer[]> {
  async function* body() {
    yield* pieces;
  }
  const out: Buffer[] = [];
  for await (const piece of wholeFrames(body())) out.push(Buffer.from(piece));
  return out;
}

test.each([1, 2, 3, 4, 5, 7, 300, 1000])('pieces of %i bytes end where frames do', async (size) => {
  const frames = [3, 0, 300, 1, 70_000].map(frame);
  const all = Buffer.concat(frames);
  const ends = new Set<number>([0]);
  for (const each of frames) ends.add([...ends].at(-1)! + each.length);
  const pieces: Buffer[] = [];
  for (let at = 0; at < all.length; at += size) pieces.push(all.subarray(at, at + size));
  const out = await cut(pieces);
  expect(Buffer.concat(out).equals(all)).toBe(true);
  let at = 0;
  for (const piece of out) expect(ends).toContain((at += piece.length));
});

test('what is left at the end is half an event', async () => {
  const half = frame(10).subarray(0, 9);
  expect(await cut([Buffer.concat([frame(2), half])])).toEqual([frame(2)]);
  expect(await cut([half, frame(3).subarray(0, 2)])).toHaveLength(0);
});

test('an event that says it is larger than any is not waited for', async () => {
  const length = Buffer.from([0x7f, 0xff, 0xff, 0xff]);
  await expect(cut([length, Buffer.alloc(10)])).rejects.toThrow(LongEventError);
});
