import {
  JsonPathError,
  operators,
  type Filter,
  type JsonPath,
  type Operand,
  type Step,
} from './json-path.ts';

/** Longer than anybody needs, and quick to read. */
const maxLength = 1024;

/** Of filters and unions within each other. */
const maxDepth = 8;

/** Reads a path such as `.spec.containers[*].resources.requests.cpu`. @throws JsonPathError */
export function parseJsonPath(text: string): JsonPath {
  const path = text.trim();
  if (path.length > maxLength) fail(`it is longer than ${maxLength} characters`);
  if (!path.startsWith('.')) fail("it does not begin with '.'");
  return readPath(path, 0);
}

function fail(message: string): never {
  throw new JsonPathError('syntax', message);
}

function readPath(text: string, depth: number): JsonPath {
  if (depth > maxDepth) fail('filters and unions are nested too deep');
  const steps: Step[] = [];
  for (let at = 0; at < text.length;) {
    const { step, length } = readStep(text.slice(at), steps.at(-1), depth);
    if (step) steps.push(step);
    at += length;
  }
  return steps;
}

/** The first step of a text, if it begins with one, and how many characters it takes. */
function readStep(
  text: string,
  before: Step | undefined,
  depth: number,
): { step?: Step; length: number } {
  if (/^[@$ ]/.test(text)) return { length: 1 };
  if (text.startsWith('..')) {
    if (before?.step === 'descend') fail("'..' follows '..'");
    // The second dot belongs to the name that follows.
    return { step: { step: 'descend' }, length: /^\.\.[\w*]/.test(text) ? 1 : 2 };
  }
  if (text.startsWith('[')) {
    const inner = bracketed(text);
    return { step: readBracket(inner, depth), length: inner.length + 2 };
  }
  const [field, name = ''] = /^\.((?:\\.|[^\s.,[\]$@{}\\])*)/.exec(text) ?? fail(unexpected(text));
  if (name === '') fail("a name is missing after '.'");
  if (name === '*') return { step: { step: 'wildcard' }, length: field.length };
  return { step: { step: 'field', name: name.replaceAll('\\', '') }, length: field.length };
}

const unexpected = (text: string) => `'${text.slice(0, 1)}' is not expected`;

/** What is between a bracket and its partner; quotes hide brackets. */
function bracketed(text: string): string {
  let depth = 0;
  for (const [at, char] of scan(text)) {
    if (char === '[') depth += 1;
    if (char === ']') depth -= 1;
    if (depth === 0) return text.slice(1, at);
  }
  return fail("a '[' is not closed");
}

/** The characters outside of quotes, with their positions. */
function* scan(text: string): Iterable<[number, string]> {
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === undefined && (char === "'" || char === '"')) quote = char;
    else if (quote === undefined) yield [at, char];
    else if (char === '\\') at += 1;
    else if (char === quote) quote = undefined;
  }
  if (quote !== undefined) fail('a quote is not closed');
}

function readBracket(inner: string, depth: number): Step {
  if (inner.startsWith('?(') && inner.endsWith(')'))
    return { step: 'filter', filter: readFilter(inner.slice(2, -1), depth + 1) };
  const parts = splitAt(inner, ',');
  if (parts.length > 1) {
    const paths = parts.map((part) => [readBracket(part.trim(), depth + 1)]);
    return { step: 'union', paths };
  }
  const quoted = /^(['"])(.*)\1$/s.exec(inner);
  if (quoted) return { step: 'field', name: unquote(inner) };
  return inner === '*' ? { step: 'slice', by: 1 } : readSlice(inner);
}

function readSlice(inner: string): Step {
  const [, from, colon, to, by = '1'] =
    /^(-?\d{1,9})?(?:(:)(-?\d{1,9})?(?::(\d{1,9})?)?)?$/.exec(inner) ??
    fail(`'[${inner}]' is no index, slice, key or filter`);
  if (colon === undefined)
    return { step: 'index', at: Number(from ?? fail('an index is missing')) };
  if (Number(by) === 0) fail('a step must be more than 0');
  return {
    step: 'slice',
    ...(from !== undefined && { from: Number(from) }),
    ...(to !== undefined && { to: Number(to) }),
    by: Number(by),
  };
}

function splitAt(text: string, separator: string): string[] {
  const cuts = [...scan(text)].filter(([, char]) => char === separator).map(([at]) => at);
  return [...cuts, text.length].map((end, index) =>
    text.slice(index === 0 ? 0 : (cuts[index - 1] ?? 0) + 1, end),
  );
}

function readFilter(text: string, depth: number): Filter {
  const [at] = [...scan(text)].find(([, char]) => '!<>='.includes(char)) ?? [-1];
  if (at === -1) return { operator: 'exists', left: readOperand(text, depth) };
  const operator =
    operators.find((known) => text.startsWith(known, at)) ??
    fail(`an operator of a filter must be one of ${operators.join(' ')}`);
  return {
    operator,
    left: readOperand(text.slice(0, at), depth),
    right: readOperand(text.slice(at + operator.length), depth),
  };
}

function readOperand(text: string, depth: number): Operand {
  const operand = text.trim();
  if (/^['"]/.test(operand)) return { literal: unquote(operand) };
  if (/^[+-]?\d+(\.\d+)?$/.test(operand)) return { literal: Number(operand) };
  if (operand === 'true' || operand === 'false') return { literal: operand === 'true' };
  if (!/^[@.$]/.test(operand)) fail("a filter compares paths that begin with '@' and literals");
  return readPath(operand, depth);
}

function unquote(text: string): string {
  const [, , inner = ''] =
    /^(['"])((?:\\.|(?!\1)[^\\])*)\1$/s.exec(text) ?? fail('quotes are not even');
  return inner.replaceAll(/\\(.)/gs, '$1');
}
