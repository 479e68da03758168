import { assert, integer as anyInteger, property, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bitString,
  boolean,
  element,
  generalizedTime,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  utf8String,
} from './der.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('DER', () => {
  // Examples from X.690 and RFC 5280, as any decoder prints them.
  test.each([
    [integer(Buffer.from([0])), '020100'],
    [integer(Buffer.from([0x7f])), '02017f'],
    [integer(Buffer.from([0x80])), '02020080'],
    [integer(Buffer.from([0, 0, 1, 0])), '02020100'],
    [objectIdentifier('2.5.4.3'), '0603550403'],
    [objectIdentifier('1.2.840.10045.4.3.2'), '06082a8648ce3d040302'],
    [objectIdentifier('1.3.6.1.5.5.7.3.1'), '06082b06010505070301'],
    [utf8String('é'), '0c02c3a9'],
    [boolean(true), '0101ff'],
    [boolean(false), '010100'],
    [bitString(Buffer.from([0x86]), 1), '03020186'],
    [octetString(Buffer.from([1, 2])), '04020102'],
    [sequence(), '3000'],
    [set(boolean(true)), '31030101ff'],
    [generalizedTime(new Date('2026-01-02T03:04:05.678Z')), '180f32303236303130323033303430355a'],
  ])('encodes %#', (encoded, expected) => {
    expect(hex(encoded)).toBe(expected);
  });

  test('lengths of any size read back', () => {
    assert(
      property(anyInteger({ min: 0, max: 70_000 }), (size) => {
        const encoded = element(0x04, Buffer.alloc(size));
        expect(readLength(encoded)).toEqual({ length: size, start: encoded.length - size });
      }),
    );
  });

  test('integers are never negative and never longer than needed', () => {
    assert(
      property(uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const encoded = integer(bytes);
        const { start } = readLength(encoded);
        const content = encoded.subarray(start);
        expect(content[0]! & 0x80).toBe(0);
        expect(content.length > 1 && content[0] === 0 && content[1]! < 0x80).toBe(false);
        expect(BigInt(`0x${hex(content)}`)).toBe(BigInt(`0x${hex(bytes)}`));
      }),
    );
  });
});

function readLength(encoded: Buffer): { length: number; start: number } {
  const first = encoded[1]!;
  if (first < 0x80) return { length: first, start: 2 };
  const digits = first & 0x7f;
  return { length: encoded.readUIntBE(2, digits), start: 2 + digits };
}
