import { describe, expect, it } from 'vitest';
import type { QuotaSource } from '../../../api/capsule/custom-quota-spec.ts';
import { formatQuantity } from '../../../kube/quantity.ts';
import { compileQuota } from './compile-quota.ts';
import { countObject, UncountableError, type Evaluate } from './count-object.ts';

const kind = { group: '', kind: 'Pod' };
const object = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { tier: 'front' } },
  spec: {
    restartPolicy: 'Always',
    containers: [{ name: 'main', cpu: '250m' }, { name: 'side', cpu: '1' }, { name: 'init' }],
    sizes: [1, 2],
    secret: 'c2VjcmV0',
    negative: '-5',
    host: false,
  },
};

const pod = (source: Partial<QuotaSource>): QuotaSource => ({ kind: 'Pod', op: 'add', ...source });
const unasked: Evaluate = () => Promise.reject(new Error('nothing was to be asked'));

async function count(
  sources: QuotaSource[],
  { evaluate = unasked, scopeSelectors }: { evaluate?: Evaluate; scopeSelectors?: object[] } = {},
): Promise<string | undefined> {
  const { quota, problems } = compileQuota({ sources, ...(scopeSelectors && { scopeSelectors }) });
  expect(problems).toEqual([]);
  const usage = await countObject(quota, { kind, object }, evaluate);
  return usage && formatQuantity(usage);
}

describe('an object adds', () => {
  it.each<[string, QuotaSource[], string | undefined]>([
    ['what its path leads to', [pod({ path: '.spec.containers[*].cpu' })], '1250m'],
    ['numbers too', [pod({ path: '.spec.sizes[*]' })], '3'],
    ['one where it counts', [pod({ op: 'count' })], '1'],
    [
      'less than nothing where it is subtracted',
      [pod({ op: 'sub', path: '.spec.sizes[1]' })],
      '-2',
    ],
    [
      'all that its sources say together',
      [pod({ op: 'count' }), pod({ op: 'sub', path: '.spec.containers[0].cpu' })],
      '750m',
    ],
    ['nothing to sources of other kinds', [pod({ kind: 'Service', op: 'count' })], undefined],
    ['nothing to other groups', [pod({ apiVersion: 'x.example.com/v1', op: 'count' })], undefined],
    ['to whatever version of its kind', [pod({ apiVersion: 'v2', op: 'count' })], '1'],
  ])('%s', async (_, sources, expected) => expect(await count(sources)).toBe(expected));
});

describe('selectors', () => {
  const counted = (...selectors: NonNullable<QuotaSource['selectors']>) =>
    count([pod({ op: 'count', selectors })]);
  it.each<[string, object, string | undefined]>([
    ['labels', { matchLabels: { tier: 'front' } }, '1'],
    ['other labels', { matchLabels: { tier: 'back' } }, undefined],
    ['a value', { fieldSelectors: ['.spec.restartPolicy=Always'] }, '1'],
    ['a value in quotes', { fieldSelectors: ['.spec.restartPolicy == "Always"'] }, '1'],
    ['another value', { fieldSelectors: ['.spec.restartPolicy=Never'] }, undefined],
    ['not that value', { fieldSelectors: ['.spec.restartPolicy!=Never'] }, '1'],
    ['a filter', { fieldSelectors: ['.spec.containers[?(@.name=="side")]'] }, '1'],
    ['a field that is there', { fieldSelectors: ['.spec.containers'] }, '1'],
    ['a field that is false', { fieldSelectors: ['.spec.host'] }, undefined],
    ['a field that is not there', { fieldSelectors: ['.spec.none'] }, undefined],
    [
      'all of a selector',
      { matchLabels: { tier: 'front' }, fieldSelectors: ['.spec.none'] },
      undefined,
    ],
  ])('%s', async (_, selector, expected) => expect(await counted(selector)).toBe(expected));

  it('any of them selects', async () => {
    expect(await counted({ matchLabels: { a: 'b' } }, { matchLabels: { tier: 'front' } })).toBe(
      '1',
    );
  });

  it('those of the quota hold for all sources', async () => {
    const sources = [pod({ op: 'count' })];
    const scope = (tier: string) => ({ scopeSelectors: [{ matchLabels: { tier } }] });
    expect(await count(sources, scope('back'))).toBeUndefined();
    expect(await count(sources, scope('front'))).toBe('1');
  });
});

describe('expressions', () => {
  const asked: string[] = [];
  const evaluate: Evaluate = (expressions) => {
    asked.push(...expressions.map(({ source }) => source));
    return Promise.resolve(
      expressions.map(({ source }) => {
        if (source === 'sizes') return { quantities: ['1Gi', '1Gi'] };
        return source === 'broken' ? { fault: 'it is broken' } : { value: source === 'yes' };
      }),
    );
  };
  const counting = (cel: string, ...celExpressions: string[]) =>
    count([pod({ cel, selectors: [{ celExpressions }] })], { evaluate });

  it('give quantities and select, in one round', async () => {
    expect(await counting('sizes', 'yes')).toBe('2Gi');
    expect(asked.splice(0)).toEqual(['sizes', 'yes']);
    expect(await counting('broken', 'no')).toBeUndefined();
    expect(await counting('sizes', 'no', 'broken')).toBeUndefined();
  });

  it('that fail are told', async () => {
    await expect(counting('sizes', 'broken')).rejects.toThrow('its selectors fail: it is broken');
    await expect(counting('broken', 'yes')).rejects.toThrow(
      'Pod, cel "broken" fails: it is broken',
    );
  });

  it('are not asked about objects that labels or fields leave out', async () => {
    const selectors = [{ fieldSelectors: ['.spec.none'], celExpressions: ['yes'] }];
    expect(await count([pod({ op: 'count', selectors })])).toBeUndefined();
  });
});

describe('what cannot be counted is told, without what it holds', () => {
  it.each<[Partial<QuotaSource>, string]>([
    [
      { path: '.spec.volumes[*].size' },
      'Pod, path ".spec.volumes[*].size" did not resolve to any value',
    ],
    [{ path: '.spec.secret' }, 'did not resolve to a quantity such as 2, 500m or 2Gi'],
    [{ path: '.spec.containers' }, 'did not resolve to a quantity'],
    [{ path: '.spec.negative' }, 'resolved to less than nothing'],
    [{ path: '.spec.secret[*]' }, 'is not array or slice'],
    [
      { op: 'count', selectors: [{ fieldSelectors: ['.spec.secret[?(@=="x")]'] }] },
      'is not array or slice and cannot be filtered',
    ],
  ])('%j', async (source, message) => {
    const error = await count([pod(source)]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UncountableError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('c2VjcmV0');
  });
});

it('quotas that look at one object share what they may look at', async () => {
  const { quota } = compileQuota({ sources: [pod({ path: '.spec.containers[*].cpu' })] });
  const budget = { left: 12 };
  const look = () => countObject(quota, { kind, object, budget }, unasked);
  await look();
  await expect(look()).rejects.toThrow('it looks at too much of the object');
});

describe('a spec that cannot be read', () => {
  const problemsOf = (source: Partial<QuotaSource>) =>
    compileQuota({ sources: [pod(source)] }).problems.map(
      ({ path, message }) => `${path} ${message}`,
    );
  it.each<[Partial<QuotaSource>, RegExp]>([
    [{ path: 'spec' }, /^spec\.sources\[0\]\.path it does not begin with '\.'/],
    [
      { op: 'count', selectors: [{ fieldSelectors: ['x=1'] }] },
      /^spec\.sources\[0\]\.selectors\[0\]\.fieldSelectors\[0\] /,
    ],
    [
      { op: 'count', selectors: [{ matchExpressions: [{ key: 'a', operator: 'Is' }] }] },
      /^spec\.sources\[0\]\.selectors\[0\] is no label selector/,
    ],
    [
      { op: 'count', selectors: [{ fieldSelectors: Array<string>(257).fill('.a') }] },
      /^spec\.sources has 257 paths, field selectors and expressions, and may have 256/,
    ],
  ])('%j', (source, message) =>
    expect(problemsOf(source)).toEqual([expect.stringMatching(message)]),
  );
});
