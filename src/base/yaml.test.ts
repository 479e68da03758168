import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseYaml, parseYamlDocuments, stringifyYaml } from './yaml.ts';

describe('reading YAML', () => {
  test('gives plain JSON', () => {
    const text =
      'a: {b: [1, two, yes, ~, 1.5]}\nc: |\n  x\n  y\nd: "1"\ne: !!str 2\nf: 9007199254740993\n';
    expect(parseYaml(text)).toEqual({
      a: { b: [1, 'two', true, null, 1.5] },
      c: 'x\ny\n',
      d: '1',
      e: '2',
      f: 9007199254740993n,
    });
  });

  test('reads keys as Kubernetes does, also the surprising ones', () => {
    expect(parseYaml('{1: a, yes: b, x y: c}')).toEqual({ 1: 'a', true: 'b', 'x y': 'c' });
  });

  test('merges maps, own keys first', () => {
    expect(parseYaml('a: &a {x: 1, z: 2}\nb: {<<: *a, z: 3}\n')).toEqual({
      a: { x: 1, z: 2 },
      b: { x: 1, z: 3 },
    });
  });

  test('knows empty documents', () => {
    expect(parseYaml('')).toBeNull();
    expect(parseYaml('# nothing\n')).toBeNull();
    expect(parseYamlDocuments('---\n---\na: 1\n---\n# x\n---\nb: 2\n')).toEqual([
      { a: 1 },
      { b: 2 },
    ]);
  });

  test.each([
    ['a second document', 'a: 1\n---\nb: 2\n'],
    ['a duplicate key', 'a: 1\na: 2\n'],
    ['keys that are one after reading', 'y: 1\nyes: 2\n'],
    ['an open bracket', 'a: [1'],
    ['infinity', 'a: .inf'],
    ['an unknown anchor', 'a: *b'],
    ['an anchor in itself', 'a: &a [*a]'],
    ['depth', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['depth that the parser stands', `${'['.repeat(1500)}${']'.repeat(1500)}`],
  ])('refuses %s', (_what, text) => {
    expect(() => parseYaml(text)).toThrow(
      expect.objectContaining({ name: 'YamlError', code: 'invalid-yaml' }),
    );
  });

  test('refuses a bomb of aliases, by count and by size', () => {
    const level = (i: number) =>
      `a${i}: &a${i} [${Array(9)
        .fill(i ? `*a${i - 1}` : 'x')
        .join()}]`;
    const bomb = Array.from({ length: 12 }, (_, i) => level(i)).join('\n');
    expect(() => parseYaml(bomb)).toThrow(/aliases expand to too much/);
    const wide = `a: &a [${'x, '.repeat(20_000)}]\nb: [${'*a, '.repeat(90)}]\n`;
    expect(() => parseYaml(wide)).toThrow(/expands to too much/);
  });

  test('says where, and quotes no content', () => {
    for (const text of ['a: 1\nb: "hunter2', 'a: 1\nb: {hunter2', 'a: 1\n  hunter2: - x\n']) {
      expect(() => parseYaml(text)).toThrow(
        expect.objectContaining({
          message: expect.stringMatching(/^line \d+: (?!.*hunter2)/) as string,
        }),
      );
    }
  });

  test('changes no prototype, whatever the keys', () => {
    const value = parseYaml(
      '__proto__: {polluted: 1}\na: {<<: {__proto__: {polluted: 1}}, constructor: {prototype: {polluted: 1}}}\n',
    ) as Record<string, object>;
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(value['a'])).toBe(Object.prototype);
  });

  test('gives a value or a YamlError for any text', () => {
    const token = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '<<',
    );
    const text = fc.array(fc.oneof(token, fc.string({ maxLength: 3 })), { maxLength: 30 });
    fc.assert(
      fc.property(text, (parts) => {
        try {
          parseYaml(parts.join(''));
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-yaml' });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('writing YAML', () => {
  test('is read back as it was', () => {
    const scalar = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom(
        'yes',
        'off',
        '0o7',
        '1_0',
        '.5',
        '1:20',
        '.inf',
        '~',
        '<<',
        '- a',
        'a: b',
        '1e3',
      ),
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, scalar, tie('list'), tie('map')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      map: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    })).map;
    fc.assert(
      fc.property(json, (value) => {
        expect(parseYaml(stringifyYaml(value))).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  test('keeps int64 and writes no anchors', () => {
    const shared = { big: 9223372036854775807n };
    expect(stringifyYaml({ a: shared, b: shared })).toBe(
      'a:\n  big: 9223372036854775807\nb:\n  big: 9223372036854775807\n',
    );
  });
});
