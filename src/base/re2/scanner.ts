import { PatternError } from './node.ts';

/** Reads a pattern code point by code point. */
export interface Scanner {
  /** The next code point; undefined at the end. */
  peek(): string | undefined;
  /** Takes the next code point; the pattern must go on. */
  take(): string;
  /** Takes `text` if it comes next. */
  takeIf(text: string): boolean;
  /** Takes what a sticky expression matches here. */
  takeMatch(expression: RegExp): RegExpExecArray | undefined;
  /** Whether `text` comes next. */
  comes(text: string): boolean;
}

/** A scanner at the beginning of a pattern. */
export function scan(pattern: string): Scanner {
  let at = 0;
  const peek = () => {
    const code = pattern.codePointAt(at);
    return code === undefined ? undefined : String.fromCodePoint(code);
  };
  const comes = (text: string) => pattern.startsWith(text, at);
  return {
    peek,
    comes,
    take() {
      const next = peek();
      if (next === undefined) throw new PatternError('the pattern ends too early');
      at += next.length;
      return next;
    },
    takeIf(text) {
      if (!comes(text)) return false;
      at += text.length;
      return true;
    },
    takeMatch(expression) {
      expression.lastIndex = at;
      const match = expression.exec(pattern) ?? undefined;
      if (match) at += match[0].length;
      return match;
    },
  };
}
