import { linearRegExp } from './linear-regexp.ts';

/** A pattern that is looked for anywhere in a text. */
export interface Search {
  test(text: string): boolean;
}

/** What RE2 reads otherwise than JavaScript, and what JavaScript would take for a letter. */
const unknown = /\\[pPCQEx]|\[\^?\]|\(\?[a-zA-Z-]*[:)]/;
const classes: Readonly<Record<string, string>> = {
  '[:alpha:]': 'A-Za-z',
  '[:digit:]': '0-9',
  '[:alnum:]': '0-9A-Za-z',
  '[:lower:]': 'a-z',
  '[:upper:]': 'A-Z',
  '[:word:]': '0-9A-Za-z_',
};

/**
 * A pattern of RE2, as CEL's `matches` and Capsule read it: unanchored, and in linear time. Undefined
 * when it is none, or has what is not read alike (classes of Unicode, flags, quotes).
 */
export function re2Search(pattern: string): Search | undefined {
  const plain = pattern
    .replaceAll('(?P<', '(?<')
    .replaceAll('(?:', '(')
    .replaceAll(/\[:[a-z]+:\]/g, (name) => classes[name] ?? name)
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$');
  // By itself first, or `a)|(?:b` would leave the parentheses.
  if (unknown.test(plain) || !linearRegExp(plain)) return undefined;
  return linearRegExp(`[^]*(?:${plain})[^]*`);
}
