import type { Pattern } from '../../api/capsule/rules/checks.ts';

/** What a pattern matches, in a message: `a, b, /^c/`. */
export function showPattern({ exact, exp, negate }: Pattern): string {
  const parts = [...exact, ...(exp === undefined ? [] : [`/${exp}/`])];
  return cutText(`${negate ? 'all but ' : ''}${parts.join(', ')}`, maxShown);
}

const maxShown = 200;

/** A text of one line and at most so many characters; what is left out is shown as dots. */
export function cutText(text: string, max: number): string {
  const characters = Array.from(text.replaceAll(/[\r\n]/g, ' '));
  return characters.length > max ? `${characters.slice(0, max).join('')}...` : characters.join('');
}

/** The same in CEL: the API server drops messages of several lines. */
export const cutTextCel = (text: string, max: number): string =>
  `[${text}.replace('\\n', ' ').replace('\\r', ' ')].map(s, size(s) > ${max} ? s.substring(0, ${max}) + '...' : s)[0]`;
