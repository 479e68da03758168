import { setFlagsFromString } from 'node:v8';

/** Longest pattern: names it is to match have at most 253 characters. */
const maxLength = 500;

/** V8's own flag: it matches without backtracking, or refuses. Nothing else uses it. */
const linear = 'l';
setFlagsFromString('--enable-experimental-regexp-engine');

/**
 * A pattern from a tenant, anchored at both ends and matched in time linear in the text, whatever
 * it is made of. Undefined when it is no pattern, too long, or cannot be matched so: what looks
 * around or back, and what is repeated very often.
 */
export function linearRegExp(pattern: string): RegExp | undefined {
  if (pattern.length > maxLength) return undefined;
  try {
    // By itself first, or `a)|(?:b` would leave the anchors.
    void new RegExp(pattern, linear);
    return new RegExp(`^(?:${pattern})$`, linear);
  } catch {
    return undefined;
  }
}
