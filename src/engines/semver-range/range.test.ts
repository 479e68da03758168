import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { satisfies } from 'semver';
import { describe, expect, test } from 'vitest';
import { compileRange } from './range.ts';
import { compareVersions, parseVersion } from './version.ts';

function includes(range: string, version: string): boolean | undefined {
  const parsed = parseVersion(version);
  if (!parsed) throw new Error(`${version} is not a version`);
  return compileRange(range)?.includes(parsed);
}

describe('ranges', () => {
  // Answers recorded from Masterminds/semver v3.4.0 for random versions and ranges.
  const golden = JSON.parse(
    readFileSync(new URL('__golden__/masterminds-v3.json', import.meta.url), 'utf8'),
  ) as [version: string, range: string, answer: '1' | '0' | 'E'][];

  test('select what Masterminds selects', () => {
    expect(golden.length).toBeGreaterThan(300);
    const expected = { '1': true, '0': false, E: undefined };
    const wrong = golden.filter(([version, range, answer]) => {
      return includes(range, version) !== expected[answer];
    });
    expect(wrong).toEqual([]);
  });

  test.each([
    ['>=1.0.0 <2.0.0', ['1.0.0', '1.9.9'], ['2.0.0', '0.9.9', '1.5.0-rc.1']],
    ['>=1.0.0-0 <2.0.0', ['1.5.0-rc.1', '1.0.0-alpha'], ['2.0.0']],
    ['1.x', ['1.0.0', '1.9.0'], ['2.0.0']],
    ['*', ['0.0.0', '9.9.9'], ['1.0.0-beta']],
    ['1.2 - 1.4', ['1.2.0', '1.4.9'], ['1.5.0', '1.1.9']],
    ['~1.2.3', ['1.2.3', '1.2.9'], ['1.3.0', '1.2.2']],
    ['^0.2.3', ['0.2.3', '0.2.9'], ['0.3.0']],
    ['^1.2 || ~3.4', ['1.9.0', '3.4.5'], ['2.0.0', '3.5.0']],
    ['!=1.5.x, ^1', ['1.4.0', '1.6.0'], ['1.5.3', '2.0.0']],
    ['v1.2.3', ['1.2.3', '1.2.3+build'], ['1.2.4']],
  ])('%s', (range, inside, outside) => {
    for (const version of inside)
      expect([version, includes(range, version)]).toEqual([version, true]);
    for (const version of outside)
      expect([version, includes(range, version)]).toEqual([version, false]);
  });

  test.each([
    '',
    ' ',
    'latest',
    '>=',
    '1.2.3,',
    ',1',
    '1 ||',
    '|| 1',
    '01.2.3',
    '1.2.3.4',
    '> > 1',
  ])('is not a range: %j', (text) => expect(compileRange(text)).toBeUndefined());

  test('an endless text is refused, not parsed', () => {
    expect(compileRange(`${'1.x || '.repeat(10_000)}2`)).toBeUndefined();
  });
});

const release = fc
  .tuple(fc.nat(4), fc.nat(4), fc.nat(4))
  .map(([major, minor, patch]) => `${major}.${minor}.${patch}`);
const part = fc.oneof(fc.nat(4).map(String), fc.constant('x'));
// A number behind a wildcard means nothing to Masterminds, and something odd to npm.
const partial = fc.tuple(fc.nat(4), fc.option(part), fc.option(part)).map((parts) => {
  const [major, minor, patch] = parts;
  return [major, minor, minor === 'x' ? null : minor && patch].filter((p) => p !== null).join('.');
});
const comparator = fc
  .tuple(fc.constantFrom('', '=', '>', '<', '>=', '<=', '^', '~'), partial)
  .map((pair) => pair.join(''));

describe('properties', () => {
  test('agrees with npm where the two languages mean the same', () => {
    fc.assert(
      fc.property(release, comparator, (version, range) => {
        // The one known difference: ~0.0.0 is "anything" to Masterminds.
        fc.pre(!/^~?0\.0\.0$/.test(range));
        expect(includes(range, version)).toBe(satisfies(version, range));
      }),
      { numRuns: 2000 },
    );
  });

  test('and is intersection, or is union', () => {
    fc.assert(
      fc.property(release, comparator, comparator, (version, left, right) => {
        const [a, b] = [includes(left, version), includes(right, version)];
        expect(includes(`${left}, ${right}`, version)).toBe(a && b);
        expect(includes(`${left} ${right}`, version)).toBe(a && b);
        expect(includes(`${left} || ${right}`, version)).toBe(a || b);
      }),
    );
  });

  test('any text is answered, quickly and without throwing', () => {
    const noise = fc.string({
      unit: fc.constantFrom(...'0123.xX*-+v<>=~^|, abc'.split('')),
      maxLength: 300,
    });
    fc.assert(fc.property(noise, (text) => void compileRange(text)));
  });
});

describe('versions', () => {
  test('all three numbers are needed; a v may lead', () => {
    expect(parseVersion('v1.2.3-rc.1+x')?.version).toBe('1.2.3-rc.1');
    for (const text of ['1.2', '=1.2.3', ' 1.2.3', 'vv1.2.3', '1.2.3.4', 'release-1.2.3', '']) {
      expect([text, parseVersion(text)]).toEqual([text, undefined]);
    }
  });

  test('order by precedence', () => {
    const order = ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-rc.1', '1.0.0', '1.0.1', '1.10.0'];
    const versions = order.map((text) => parseVersion(text)!);
    expect(
      versions
        .toReversed()
        .sort(compareVersions)
        .map(({ version }) => version),
    ).toEqual(order);
  });
});
