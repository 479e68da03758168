import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineBuildMs, startPool } from '../render/__fixtures__/engine.ts';
import type { RenderPool } from '../render/render-pool.ts';
import { describeFault } from './cel-fault.ts';
import { createCel, type Cel } from './cel.ts';

let pool: RenderPool;
let cel: Cel;
beforeAll(async () => {
  pool = await startPool();
  cel = createCel(pool);
}, engineBuildMs);
afterAll(() => pool.close());

const tenant = 'apps';
const variables = ['self', 'dep'];

async function check(source: string, declared?: readonly string[]): Promise<string> {
  const expression = declared ? { source, variables: declared } : { source };
  const [fault] = await cel.check([expression], { tenant });
  return fault ? `${fault.code}: ${describeFault(fault)}` : 'fine';
}

async function evaluate(
  source: string,
  values: Record<string, unknown> = {},
  declared?: readonly string[],
): Promise<boolean | string> {
  const expression = declared ? { source, variables: declared } : { source };
  const [verdict] = await cel.evaluate([expression], values, { tenant });
  if (!verdict) return 'nothing';
  return 'value' in verdict ? verdict.value : `${verdict.fault.code}: ${verdict.fault.detail}`;
}

describe('an expression that cannot be evaluated is told with its position', () => {
  it.each<[string, readonly string[] | undefined, RegExp]>([
    ['foo', undefined, /^fine$/],
    ['foo.', undefined, /^invalid: line 1, column 5: Syntax error: no viable alternative/],
    ['foo\n  && (bar', undefined, /^invalid: line 2, column 10: Syntax error/],
    ['', undefined, /^invalid: line 1, column \d+: Syntax error/],
    ['unknown()', undefined, /^invalid: no such overload: unknown/],
    ["name.matches('(')", undefined, /^invalid: error parsing regexp/],
    ['foo', variables, /^invalid: line 1, column 1: undeclared reference to 'foo'/],
    ["self == 'bar'", variables, /^invalid: line 1, column 6: found no matching overload/],
    ["'foo'", variables, /^not-boolean: it must be true or false, and is of type string$/],
    ['dep.status.ready', variables, /^not-boolean: .*compare it, as in `field == true`$/],
    ['dep.status.ready == true', variables, /^fine$/],
  ])('%j', async (source, declared, message) => {
    expect(await check(source, declared)).toMatch(message);
  });

  it('also one that is too long, or nests too deep', async () => {
    const tooLong = 'a'.repeat(20_000);
    expect(await check(tooLong)).toMatch(/^invalid: expression code point size exceeds limit/);
    const tooDeep = '('.repeat(1_000);
    expect(await check(tooDeep)).toMatch(/^invalid: expression recursion limit exceeded/);
  });

  it('each by itself, and once for all who use it', async () => {
    let asked = 0;
    const counted = createCel({
      request: (request) => {
        asked += 1;
        return pool.request(request);
      },
    });
    const expressions = [{ source: 'a' }, { source: 'a +' }, { source: 'b' }, { source: 'a +' }];
    for (let round = 0; round < 3; round += 1) {
      const faults = await counted.check(expressions, { tenant: `tenant-${round}` });
      expect(faults.map((fault) => fault?.code)).toEqual([
        undefined,
        'invalid',
        undefined,
        'invalid',
      ]);
    }
    expect(asked).toBe(1);
  });
});

describe('an expression over the fields of an object', () => {
  const status = (...conditions: object[]) => ({ status: { conditions } });
  const ready = "status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')";
  it.each<[string, Record<string, unknown>, boolean | RegExp]>([
    ['foo', { foo: true }, true],
    ['foo.bar', { foo: { bar: false } }, false],
    ['foo && bar', { foo: true, bar: false }, false],
    ['foo', {}, /^missing: foo$/],
    ['foo', { foo: 'text' }, /^not-boolean: string$/],
    ["'text'", {}, /^not-boolean: string$/],
    [ready, status({ type: 'Ready', status: 'True' }), true],
    [ready, status({ type: 'Ready', status: 'False' }), false],
    [ready, status(), true],
    [ready, { status: {} }, /^missing: conditions$/],
    [ready, {}, /^missing: status.conditions$/],
    ['has(status.phase)', { status: {} }, false],
    ['has(status.phase)', {}, /^missing/],
    ["status.observedGeneration == '2'", { status: { observedGeneration: '2' } }, true],
    ['1 / zero == 1', { zero: 0 }, /^failed: division by zero$/],
    ['name > 1', { name: 'text' }, /^failed: no such overload$/],
  ])('%s of %j', async (source, values, expected) => {
    const said = await evaluate(source, values);
    if (expected instanceof RegExp) expect(said).toMatch(expected);
    else expect(said).toBe(expected);
  });
});

describe('the dialect is upstream’s', () => {
  it.each([
    ['strings', "'a,B'.split(',')[1].lowerAscii() == 'b' && 'abc'.substring(1) == 'bc'"],
    [
      'first and last',
      "'a-b'.split('-').first().value() + 'a-b'.split('-').last().value() == 'ab'",
    ],
    ['sets', 'sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1])'],
    ['encoders', "base64.encode(b'hello') == 'aGVsbG8='"],
    ['optional types', "a.?b.orValue('x') == 'x' && !a[?'b'].hasValue()"],
    ['numbers of different types', 'one == 1.0 && one < 1.5 && one >= uint(1)'],
    ['integers stay integers', 'one + 1 == 2 && type(one) == int && type(half) == double'],
    ['integers beyond 2^53', 'large == 9007199254740993 && large != 9007199254740992'],
    ['time in UTC', "timestamp('2026-01-01T00:00:00Z').getHours() == 0"],
    ['time zones by name', "timestamp('2026-01-01T00:00:00Z').getHours('America/New_York') == 19"],
    ['durations', "duration('90s') == duration('1m30s')"],
    ['regular expressions', "'v1.2.3'.matches('^v[0-9]+([.][0-9]+){2}$')"],
  ])('%s', async (_, source) => {
    const values = { a: {}, one: 1, half: 0.5, large: 9007199254740993n };
    expect(await evaluate(source, values)).toBe(true);
  });
});

it('declared variables are objects, and the only names', async () => {
  const values = { self: { metadata: { generation: 2 } }, dep: { status: { version: 'v2' } } };
  const source = "dep.status.version == 'v2' && self.metadata.generation + 1 == 3";
  expect(await evaluate(source, values, variables)).toBe(true);
  expect(await evaluate('dep.status.other == 1', values, variables)).toBe('missing: other');
});

describe('what an object holds is in no fault', () => {
  const values = { data: { password: 'c29tZXRoaW5nIHNlY3JldA==' } };
  it.each([
    ['a conversion', 'int(data.password) == 1'],
    ['a computed key', 'data[data.password] == 1'],
    ['a regular expression', "'x'.matches('(' + data.password)"],
    ['a duration', 'duration(data.password) == duration("1s")'],
    ['a format', "'%d'.format([data.password]) == ''"],
    ['a time zone', "timestamp('2026-01-01T00:00:00Z').getHours(data.password) == 0"],
  ])('%s', async (_, source) => {
    const [verdict] = await cel.evaluate([{ source }], values, { tenant });
    expect(verdict).toHaveProperty('fault');
    const { fault } = verdict as { fault: Parameters<typeof describeFault>[0] };
    expect(JSON.stringify(fault) + describeFault(fault)).not.toContain('c29tZ');
  });
});

describe('quantities, in the dialect of the API server', () => {
  const object = {
    metadata: { labels: { size: '3' } },
    spec: { requests: ['250m', '1'], limit: '1Gi', count: 2, text: 'c2VjcmV0' },
  };
  it.each<[string, readonly string[] | RegExp]>([
    ['quantity(object.spec.limit)', ['1Gi']],
    ['object.spec.requests.map(r, quantity(r))', ['250m', '1']],
    ['object.spec.requests.filter(r, r == "2").map(r, quantity(r))', []],
    ["quantity('1500m').add(quantity('500m')).sub(1)", ['1']],
    ["quantity('1Gi').isGreaterThan(quantity('1G')) ? quantity('1') : quantity('2')", ['1']],
    ['quantity(string(object.spec.count))', ['2']],
    ['quantity(object.metadata.labels["size"])', ['3']],
    ['object.spec.count', /^not-quantity: dyn$/],
    ['1', /^not-quantity: int$/],
    ["['1']", /^not-quantity: list\(string\)$/],
    ["quantity('x')", /^failed: $/],
    ['quantity(object.spec.text)', /^failed: $/],
    ['quantity(object.spec.none)', /^missing: none$/],
    ['quantity(other)', /^invalid: .*undeclared reference/],
    ['lists.range(20000).map(i, lists.range(100)).map(l, quantity(string(l.sum())))', /^cost/],
    ['lists.range(2000).distinct().map(i, quantity(string(i)))', /^cost/],
  ])('%s', async (source, expected) => {
    const asked = {
      source,
      variables: ['object'],
      dialect: 'kubernetes',
      gives: 'quantities',
    } as const;
    const [verdict] = await cel.evaluate([asked], { object }, { tenant });
    if (!verdict) throw new Error('no verdict');
    if (expected instanceof RegExp) {
      expect('fault' in verdict && `${verdict.fault.code}: ${verdict.fault.detail ?? ''}`).toMatch(
        expected,
      );
      expect(JSON.stringify(verdict)).not.toContain('c2VjcmV0');
    } else expect(verdict).toMatchObject({ quantities: expected });
  });

  it('fields are of any type in it, and a condition is still a boolean', async () => {
    const asked = (source: string) => ({
      source,
      variables: ['object'],
      dialect: 'kubernetes' as const,
    });
    const sources = ['object.spec.count == 2', 'object.spec.count'];
    const verdicts = await cel.evaluate(sources.map(asked), { object }, { tenant });
    expect(verdicts).toMatchObject([{ value: true }, { fault: { code: 'not-boolean' } }]);
  });
});

it('an expression sees nothing of what others were evaluated over before it', async () => {
  const secret = { token: { value: 'sesame' } };
  expect(await evaluate("token.value == 'sesame'", secret)).toBe(true);
  expect(await evaluate("token.value == 'sesame'", {})).toBe('missing: token.value');
  for (const name of ['env', 'os', 'self', 'dep', 'now']) {
    expect(await evaluate(`${name}.x == 1`, {})).toBe(`missing: ${name}.x`);
  }
});
