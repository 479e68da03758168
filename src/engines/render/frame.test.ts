import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFrameDecoder, encodeFrame, type Frame } from './frame.ts';

const bytesOf = (header: Record<string, unknown>, attachments: Uint8Array[] = []) =>
  Buffer.concat(encodeFrame(header, attachments));

function decodeInPieces(bytes: Uint8Array, cuts: number[]): Frame[] {
  const decoder = createFrameDecoder(1 << 20);
  const ends = [...new Set([...cuts, bytes.length])].sort((a, b) => a - b);
  return ends.flatMap((end, i) => decoder.push(bytes.subarray(ends[i - 1] ?? 0, end)));
}

describe('frames', () => {
  test('survive the way, however the stream cuts them', () => {
    const frame = fc.record({
      header: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
      attachments: fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (frames, cuts) => {
          const bytes = Buffer.concat(
            frames.flatMap(({ header, attachments }) => encodeFrame(header, attachments)),
          );
          const at = [...cuts.take(6)].map((cut) => cut % (bytes.length + 1));
          const decoded = decodeInPieces(bytes, at);
          expect(decoded.map(({ attachments }) => attachments.map((part) => [...part]))).toEqual(
            frames.map(({ attachments }) => attachments.map((part) => [...part])),
          );
          for (const [i, { header }] of decoded.entries()) {
            expect(header).toMatchObject(
              Object.fromEntries(
                Object.entries(frames[i]!.header).filter(([key]) => key !== 'attachments'),
              ),
            );
          }
        },
      ),
    );
  });

  test('keep int64 in headers', () => {
    const [prefix, header] = [Buffer.alloc(8), Buffer.from('{"n":9223372036854775807}')];
    prefix.writeUInt32BE(header.length);
    const [frame] = createFrameDecoder(100).push(Buffer.concat([prefix, header]));
    expect(frame?.header['n']).toBe(9223372036854775807n);
  });

  test('above the limit are refused before they are held', () => {
    const decoder = createFrameDecoder(100);
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32BE(0xffffffff, 4);
    expect(() => decoder.push(prefix)).toThrow(/above the limit/);
  });

  test.each([
    ['less than the body', [1]],
    ['more than the body', [3]],
    ['negative', [-1, 3]],
  ])('with attachments of %s are refused', (_what, sizes) => {
    const header = Buffer.from(JSON.stringify({ attachments: sizes }));
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32BE(header.length, 0);
    prefix.writeUInt32BE(2, 4);
    const bytes = Buffer.concat([prefix, header, Buffer.from('ab')]);
    expect(() => createFrameDecoder(1000).push(bytes)).toThrow(RangeError);
  });

  test.each(['nonsense', '7', 'null'])('whose header is %s are refused', (text) => {
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32BE(text.length, 0);
    const bytes = Buffer.concat([prefix, Buffer.from(text)]);
    expect(() => createFrameDecoder(1000).push(bytes)).toThrow(SyntaxError);
  });

  test('attachments are views of one buffer, not copies', () => {
    const [frame] = createFrameDecoder(1000).push(
      bytesOf({ a: 1 }, [Buffer.from('ab'), Buffer.from('c')]),
    );
    expect(frame?.attachments[0]?.buffer).toBe(frame?.attachments[1]?.buffer);
  });
});
