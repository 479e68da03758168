import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trimPattern, type Trim } from './shell-pattern.ts';

const ends = ['prefix', 'suffix'] as const;
const extents = ['shortest', 'longest'] as const;

/** The same by trying every cut with a regular expression, which needs no cleverness to be right. */
function byTrying(text: string, pattern: string, { end, extent }: Trim): string {
  const source = Array.from(pattern, (c) => (c === '*' ? '[^]*' : c === '?' ? '[^]' : c)).join('');
  const whole = new RegExp(`^(?:${source})$`);
  const lengths = Array.from({ length: text.length }, (_, i) => i + 1);
  if (extent === 'longest') lengths.reverse();
  const fits = lengths.find((length) =>
    whole.test(end === 'prefix' ? text.slice(0, length) : text.slice(-length)),
  );
  if (fits === undefined) return text;
  return end === 'prefix' ? text.slice(fits) : text.slice(0, text.length - fits);
}

describe('trimming by pattern', () => {
  test('agrees with trying every cut', () => {
    const letters = (...alphabet: string[]) =>
      fc.array(fc.constantFrom(...alphabet), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        letters('a', 'b', '/'),
        letters('a', 'b', '/', '*', '?'),
        fc.constantFrom(...ends),
        fc.constantFrom(...extents),
        (text, pattern, end, extent) => {
          const trim = { end, extent };
          expect(trimPattern(text, pattern, trim)).toBe(byTrying(text, pattern, trim));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['bxa', '[a-c]', 'prefix', 'xa'],
    ['bxa', '[a-c]', 'suffix', 'bx'],
    ['bxa', '[^a-c]', 'prefix', 'bxa'],
    ['xbx', '[^a-c]', 'suffix', 'xb'],
    ['x2b', '[a-z][0-9]', 'prefix', 'b'],
    ['x2b', '[0-9][a-z]', 'suffix', 'x'],
    [']]', '[\\]]', 'prefix', ']'],
    ['a-', '[a\\-]', 'suffix', 'a'],
    ['*a', '\\*', 'prefix', 'a'],
    ['a*', '\\*', 'prefix', 'a*'],
  ] as const)('%s without %s as %s is %s', (text, pattern, end, rest) => {
    expect(trimPattern(text, pattern, { end, extent: 'shortest' })).toBe(rest);
  });

  test.each(['[', '[]', '[a', '[a-', '[a-]', '[-a]', '[]a]', 'a\\'])(
    'leaves the text alone for the malformed %s',
    (pattern) => {
      for (const end of ends) {
        expect(trimPattern('aaa', pattern, { end, extent: 'longest' })).toBe('aaa');
      }
    },
  );

  test('takes characters, not halves of them', () => {
    expect(trimPattern('😀a', '?', { end: 'prefix', extent: 'shortest' })).toBe('a');
    expect(trimPattern('a😀', '?', { end: 'suffix', extent: 'shortest' })).toBe('a');
  });
});
