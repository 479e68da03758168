/**
 * Why an expression said nothing.
 *
 * - `invalid`: it does not compile; `line` and `column` (from 1) say where, if anywhere.
 * - `not-boolean`: it gives another type, `detail`.
 * - `not-quantity`: it gives something else than a quantity or a list of them, `detail`.
 * - `missing`: it reads what is not there; `detail` is the name, if it is the expression's own.
 * - `cost`: it takes more steps than allowed.
 * - `stopped`: its process was stopped, for time or memory. May be different on another try.
 * - `failed`: a function or operator did not accept its arguments.
 */
export interface CelFault {
  code: 'invalid' | 'not-boolean' | 'not-quantity' | 'missing' | 'cost' | 'stopped' | 'failed';
  detail?: string;
  line?: number;
  column?: number;
}

/** A fault in words that say what to change. Nothing of what the expression read is in them. */
export function describeFault(fault: CelFault): string {
  return words[fault.code](fault);
}

const words: Record<CelFault['code'], (fault: CelFault) => string> = {
  invalid({ detail = 'it does not compile', line, column = 1 }) {
    return line === undefined ? detail : `line ${line}, column ${column}: ${detail}`;
  },
  'not-boolean': ({ detail = 'unknown' }) =>
    detail === 'dyn'
      ? 'it must be true or false, and a field may be anything: compare it, as in `field == true`'
      : `it must be true or false, and is of type ${detail}`,
  'not-quantity': ({ detail = 'unknown' }) =>
    `it must be a quantity or a list of quantities, as in \`quantity(field)\`, and is of type ${detail}`,
  missing({ detail }) {
    const what = detail === undefined ? 'a field' : `'${detail}'`;
    return `it reads ${what}, which is not there: guard it, as in \`has(metadata.labels)\``;
  },
  cost: () => 'it takes more steps than an expression may: look at less of the object',
  stopped: () => 'it took too long or too much memory and was stopped: look at less of the object',
  failed({ detail }) {
    const what = detail ? ` (${detail})` : '';
    return `it fails${what}: a function or operator does not accept what it is given`;
  },
};
