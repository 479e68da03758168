import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSubstitute } from './substitute.ts';

interface Row {
  text: string;
  /** What upstream makes of it; null where it refuses. */
  lenient: string | null;
  strict: string | null;
}
const golden = path.join(import.meta.dirname, '__golden__/substitution.json');
const { variables, rows } = JSON.parse(readFileSync(golden, 'utf8')) as {
  variables: Record<string, string>;
  rows: Row[];
};

/** Where we knowingly differ: `-` is an operator as documented, and trims cut no character in two. */
const ours: Record<string, string> = { '${a-b}': 'path/to/file.tar.gz', '${u#?}': 'àB c' };

function substituted(text: string, strict: boolean): string | null {
  try {
    return createSubstitute({ variables, strict })(text);
  } catch (error) {
    expect(error).toMatchObject({ code: 'substitution-failed' });
    return null;
  }
}

describe('every form gives what upstream gives', () => {
  test.each(rows)('$text', ({ text, lenient, strict }) => {
    expect(substituted(text, false)).toBe(ours[text] ?? lenient);
    expect(substituted(text, true)).toBe(ours[text] ?? strict);
  });
});

describe('substitution', () => {
  test('passes the test vector of the parity checklist', () => {
    const substitute = createSubstitute({ variables: { a: '1' }, strict: true });
    expect(substitute('${a} $a $${a} ${b:=z} ${#a}')).toBe('1 $a ${a} z 1');
  });

  test.each([
    ['${v-d}', 'd'],
    ['${set-d}', 'x'],
    ['${v-${set}y}', 'xy'],
    ['${v:-a-b:c}', 'a-b:c'],
    // A slice from the end needs an expression: `${v:-3}` is a default.
    ['${word:${minus}}', 'ord'],
    ['${word%[c-e]}', 'wor'],
    ['${word%%[a-z]*}', ''],
    // Upper case of one character is one character.
    ['${sharp^^}', 'STRAßE'],
    ['${smile#?}', '!'],
    ['${smile%?}', '😀'],
  ])('%s is %s', (text, result) => {
    const variables = { set: 'x', word: 'word', minus: '-3', sharp: 'straße', smile: '😀!' };
    expect(createSubstitute({ variables, strict: true })(text)).toBe(result);
  });

  test.each(['${v:+x}', '${v+x}', '${v?x}'])(
    '%s is refused, not taken for a default as upstream takes some',
    (text) => {
      const substitute = createSubstitute({ variables: { v: '' }, strict: false });
      expect(() => substitute(text)).toThrow(/variable "v" is malformed or of a form that is not/);
    },
  );

  test('fails on a required variable without a value, where upstream puts in the message', () => {
    const substitute = createSubstitute({ variables: { v: 'x', empty: '' }, strict: false });
    expect(substitute('${v:?why} ${v:?}')).toBe('x x');
    expect(() => substitute('${empty:?why}')).toThrow('variable "empty" is required');
    expect(() => substitute('${missing:?}')).toThrow('variable "missing" is required');
  });

  test('takes newlines out of values', () => {
    const substitute = createSubstitute({ variables: { v: 'a\nb\n' }, strict: true });
    expect(substitute('x: ${v}')).toBe('x: ab');
  });

  test('does not substitute again what a value holds', () => {
    const substitute = createSubstitute({
      variables: { v: '${secret} $${secret}', secret: 's' },
      strict: true,
    });
    expect(substitute('${v}')).toBe('${secret} $${secret}');
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'knows no variable %s that nobody defined',
    (name) => {
      expect(createSubstitute({ variables: {}, strict: false })(`[\${${name}}]`)).toBe('[]');
      expect(() => createSubstitute({ variables: {}, strict: true })(`\${${name}}`)).toThrow(
        `variable "${name}" is not set`,
      );
      const own = Object.fromEntries([[name, 'mine']]);
      expect(createSubstitute({ variables: own, strict: true })(`\${${name}}`)).toBe('mine');
    },
  );

  test.each(['1a', 'a-b', 'a b', '', 'é', 'a\n'])('refuses the variable name %j', (name) => {
    expect(() => createSubstitute({ variables: { [name]: 'x' }, strict: true })).toThrow(
      /variable name/,
    );
  });

  test('says what to do about a missing variable, and where', () => {
    const strict = createSubstitute({ variables: {}, strict: true });
    expect(() => strict('a\n${v}')).toThrow('${v:=default}');
    expect(() => strict('a\n\n${')).toThrow('in line 3');
  });

  test('quotes no value in a message', () => {
    const variables = { secret: 'hunter2', n: '-1' };
    const substitute = createSubstitute({ variables, strict: true });
    for (const text of ['${secret:0:${n}}', '${secret+x}', '${secret:=${missing}}', '${secret']) {
      expect(() => substitute(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }),
      );
    }
  });
});
