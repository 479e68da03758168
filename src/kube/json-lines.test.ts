import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KubeTransportError } from './api-error.ts';
import { readLines } from './json-lines.ts';

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]) {
  let start = 0;
  for (let i = 0; start < bytes.length; i++) {
    const end = start + (sizes[i % sizes.length] ?? 1);
    yield bytes.subarray(start, end);
    start = end;
    await Promise.resolve();
  }
}

const linesOf = (text: string, sizes: readonly number[], max = 1000) =>
  Array.fromAsync(readLines(chunksOf(Buffer.from(text), sizes), max));

test('lines do not depend on how the bytes were cut', async () => {
  const line = fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .map((text) => text.replaceAll('\n', ' '));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
      async (lines, sizes) => {
        const text = lines.map((line) => `${line}\n`).join('');
        expect(await linesOf(text, sizes, 10_000)).toEqual(lines);
      },
    ),
  );
});

test('half a line at the end is dropped', async () => {
  expect(await linesOf('{"a":1}\n{"b":', [3])).toEqual(['{"a":1}']);
});

test.each([1, 7, 5000])('a line without end is refused, in chunks of %i', async (size) => {
  await expect(linesOf('x'.repeat(5000), [size])).rejects.toThrow(KubeTransportError);
  await expect(linesOf(`${'x'.repeat(5000)}\n`, [size])).rejects.toThrow(/exceeds 1000 bytes/);
});

test('many short lines in one chunk are not one long line', async () => {
  expect(await linesOf('ab\n'.repeat(2000), [6000])).toHaveLength(2000);
});
