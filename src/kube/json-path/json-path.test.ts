import { describe, expect, it } from 'vitest';
import { evaluateJsonPath } from './evaluate-json-path.ts';
import { JsonPathError } from './json-path.ts';
import { parseJsonPath } from './parse-json-path.ts';

const object = {
  metadata: { labels: { 'app.kubernetes.io/name': 'web', plain: 'yes' } },
  spec: {
    phase: 'Running',
    replicas: 3,
    large: 9007199254740993n,
    paused: false,
    nothing: null,
    list: ['a', 'b', 'c', 'd'],
    containers: [
      { name: 'main', cpu: '250m', ports: [80, 443], on: true },
      { name: 'side', cpu: '1', ports: [9090] },
      { name: 'init' },
    ],
  },
};
const valuesAt = (path: string, left = 10_000) =>
  evaluateJsonPath(parseJsonPath(path), object, { left });

describe('a path leads to', () => {
  it.each<[string, unknown[]]>([
    ['.spec.phase', ['Running']],
    ['.spec.none.deeper', []],
    ['.spec.nothing', []],
    ['.spec.phase.deeper', []],
    ['.spec.large', [9007199254740993n]],
    ['.spec.containers[*].cpu', ['250m', '1']],
    ['.spec.containers[0].name', ['main']],
    ['.spec.containers[-1].name', ['init']],
    ['.spec.list[1:3]', ['b', 'c']],
    ['.spec.list[:-1]', ['a', 'b', 'c']],
    ['.spec.list[::2]', ['a', 'c']],
    ['.spec.list[0,2]', ['a', 'c']],
    ['.spec.list[2:2]', []],
    [".spec['phase','replicas']", ['Running', 3]],
    [".metadata.labels['app.kubernetes.io/name']", ['web']],
    [String.raw`.metadata.labels.app\.kubernetes\.io/name`, ['web']],
    ['.metadata.labels.*', ['web', 'yes']],
    ['..cpu', ['250m', '1']],
    ['.spec..name', ['main', 'side', 'init']],
    ['.spec.containers[?(@.name=="side")].cpu', ['1']],
    [".spec.containers[?(@.name != 'side')].name", ['main', 'init']],
    ['.spec.containers[?(@.cpu)].name', ['main', 'side']],
    ['.spec.containers[?(@.ports[0] > 100)].name', ['side']],
    ['.spec.containers[?(@.on==true)].name', ['main']],
    ['.spec.list[?(@>="c")]', ['c', 'd']],
    ['.spec.containers[*].ports[?(@==443)]', [443]],
    ['.spec.containers[?(@.ports[5])].name', []],
  ])('%s', (path, expected) => expect(valuesAt(path)).toEqual(expected));
});

describe('what is not as the path needs it is said, without what it is', () => {
  it.each([
    ['.spec.phase[?(@=="Running")]', /^a string is not array or slice and cannot be filtered$/],
    ['.spec.phase[*]', /^a string is not array or slice$/],
    ['.spec[0]', /^an object is not array or slice$/],
    ['.spec.list[9]', /^array index out of bounds: index 9, length 4$/],
    ['.spec.list[?(@>1)]', /^incompatible types for comparison$/],
    ['.spec.containers[?(@.ports[*]==80)]', /^can only compare one element at a time$/],
  ])('%s', (path, message) => expect(() => valuesAt(path)).toThrow(message));
});

describe('no path', () => {
  it.each([
    ['', /does not begin with '\.'/],
    ['spec', /does not begin with '\.'/],
    ['.', /a name is missing/],
    ['.a.', /a name is missing/],
    ['.a....b', /'\.\.' follows '\.\.'/],
    ['.a[', /a '\[' is not closed/],
    ['.a[?(@.b=="c)]', /a quote is not closed/],
    ['.a[?(@.b=~"c")]', /an operator of a filter must be one of/],
    ['.a[?(b=="c")]', /begin with '@'/],
    ['.a[]', /an index is missing/],
    ['.a[x]', /is no index, slice, key or filter/],
    ['.a[::0]', /a step must be more than 0/],
    ['.a} {.b', /'}' is not expected/],
    ['.a{range .b}', /'{' is not expected/],
  ])('%s', (path, message) => {
    expect(() => parseJsonPath(path)).toThrow(message);
    expect(() => parseJsonPath(path)).toThrow(JsonPathError);
  });
});

it('nor is what is too long, or nested too deep', () => {
  expect(() => parseJsonPath(`.${'a'.repeat(1_024)}`)).toThrow(/longer than 1024/);
  const nested = `.a${'[?(@.a'.repeat(9)}${')]'.repeat(9)}`;
  expect(() => parseJsonPath(nested)).toThrow(/nested too deep/);
});

it('paths that look at everything again and again end at their budget, which they share', () => {
  const deep = Array.from({ length: 40 }).reduce<object>((inner) => ({ a: inner, b: [inner] }), {});
  const budget = { left: 50_000 };
  const path = parseJsonPath('..*..*..*..*');
  expect(() => evaluateJsonPath(path, deep, budget)).toThrow(/looks at too much/);
  expect(() => evaluateJsonPath(parseJsonPath('.a'), deep, budget)).toThrow(/looks at too much/);
});
