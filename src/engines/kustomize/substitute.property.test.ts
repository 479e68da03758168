import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSubstitute } from './substitute.ts';

const tokens = fc.constantFrom(
  '${',
  '}',
  '$',
  '$$',
  '#',
  '##',
  '%',
  '/',
  '//',
  ':',
  ':=',
  ':-',
  '=',
  '^^',
  ',',
  '*',
  '?',
  '[a-z]',
  '[',
  '\\',
  '\\/',
  'v',
  'w',
  'missing',
  '${v}',
  '${w:=',
  '1',
  '-2',
  'é',
  '\n',
  '😀',
);
const text = fc.array(tokens, { maxLength: 24 }).map((parts) => parts.join(''));
const value = fc.oneof(text, fc.string());

describe('whatever the text', () => {
  test('substitution gives a text or a typed error', () => {
    fc.assert(
      fc.property(text, value, value, fc.boolean(), (input, v, w, strict) => {
        try {
          expect(createSubstitute({ variables: { v, w }, strict })(input)).toBeTypeOf('string');
        } catch (error) {
          expect(error).toMatchObject({ name: 'RenderError', code: 'substitution-failed' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('text without a dollar is left alone', () => {
    fc.assert(
      fc.property(fc.string(), (input) => {
        fc.pre(!input.includes('$'));
        expect(createSubstitute({ variables: {}, strict: true })(input)).toBe(input);
      }),
    );
  });

  test('text whose dollars are doubled comes back as it was', () => {
    fc.assert(
      fc.property(text, (input) => {
        const escaped = input.replaceAll('$', '$$$$');
        expect(createSubstitute({ variables: {}, strict: true })(escaped)).toBe(input);
      }),
    );
  });

  test('a value comes out as it went in', () => {
    fc.assert(
      fc.property(fc.string(), (v) => {
        const substitute = createSubstitute({ variables: { v }, strict: true });
        expect(substitute('<${v}>')).toBe(`<${v.replaceAll('\n', '')}>`);
      }),
    );
  });
});

describe('hostile text ends in an error before it costs much', () => {
  const million = 'a'.repeat(1_000_000);
  test.each([
    ['many uses of a large value', '${v}'.repeat(100_000), { v: million }],
    ['many lengths of a large value', '${#v}'.repeat(100_000), { v: million }],
    ['replacement that grows', '${v//a/${v}}', { v: million }],
    ['a long pattern on a long value', `\${v#${'*a'.repeat(5000)}b}`, { v: million }],
    ['nesting', '${v:='.repeat(100_000), {}],
    ['nesting that closes', `${'${v:='.repeat(1000)}x${'}'.repeat(1000)}`, {}],
  ])('%s', (_what, input, variables: Record<string, string>) => {
    expect(() => createSubstitute({ variables, strict: false })(input)).toThrow(
      expect.objectContaining({ code: 'substitution-failed' }),
    );
  });

  test('the texts of one render share the bound', () => {
    const substitute = createSubstitute({ variables: { v: million }, strict: true });
    expect(() => {
      for (let i = 0; i < 1000; i += 1) substitute('${v}');
    }).toThrow(/too much/);
  });

  test('a large honest text is no attack', () => {
    const line = 'name: ${v} # a comment of some length\n';
    const substitute = createSubstitute({ variables: { v: 'app' }, strict: true });
    expect(substitute(line.repeat(50_000))).toHaveLength(50_000 * (line.length - 1));
  });
});
