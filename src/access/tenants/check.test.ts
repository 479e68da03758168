import { describe, expect, test } from 'vitest';
import { metadataProblems } from './check-metadata.ts';
import { isNamedRightly, isTenantName, unknownTokens } from './check-names.ts';
import { badPatterns } from './patterns.ts';

test.each([
  ['oil', true],
  ['oil-rigs-2', true],
  ['Oil', false],
  ['-oil', false],
  ['oil-', false],
  // Upstream finds a good name within these.
  ['oil.rigs', false],
  ['oil rigs', false],
  ['x'.repeat(64), false],
])('a Tenant may be called %s: %s', (name, expected) => {
  expect(isTenantName(name)).toBe(expected);
});

test.each([
  [{ kind: 'User', name: 'anybody' }, true],
  [{ kind: 'ServiceAccount', name: 'system:serviceaccount:a:b' }, true],
  [{ kind: 'ServiceAccount', name: 'b' }, false],
  [{ kind: 'ServiceAccount', name: 'system:serviceaccount:a' }, false],
  [{ kind: 'ServiceAccount', name: 'system:serviceaccount:a:b:c' }, false],
  [{ kind: 'ServiceAccount' }, false],
])('%j is named rightly: %s', (subject, expected) => {
  expect(isNamedRightly(subject)).toBe(expected);
});

test.each([
  ['{{ tenant.name }}-{{namespace}}', []],
  ['{{ tenant.spec }}', ['tenant.spec']],
  ['{{ open', ['{{']],
  ['plain', []],
])('tokens of %s that nothing is filled in for: %j', (template, expected) => {
  expect(unknownTokens(template)).toEqual(expected);
});

describe('patterns', () => {
  test('that cannot be matched are found wherever they are', () => {
    const spec = {
      namespaceOptions: {
        forbiddenLabels: { denied: ['('], deniedRegex: '(' },
        requiredMetadata: { labels: { a: '^[0-9]+$', b: '[' } },
      },
      rules: [{ enforce: { workloads: { registries: [{ exp: 'a(?=b)' }, { exp: '^ok$' }] } } }],
      containerRegistries: { allowedRegex: '' },
    };
    expect(badPatterns(spec, 'spec').map(({ path }) => path)).toEqual([
      'spec.namespaceOptions.forbiddenLabels.deniedRegex',
      'spec.namespaceOptions.requiredMetadata.labels.b',
      'spec.rules[0].enforce.workloads.registries[0].exp',
    ]);
  });
  test('of Go are understood', () => {
    expect(badPatterns({ exp: '(?i)^a\\z', allowedRegex: '\\A(?P<x>b)' }, 'spec')).toEqual([]);
  });
});

test.each([
  [{ namespaceOptions: { additionalMetadata: { labels: { a: '{{ namespace }}-x' } } } }, []],
  [{ namespaceOptions: { additionalMetadata: { labels: { 'a b': 'c' } } } }, [/no key/]],
  [{ serviceOptions: { additionalMetadata: { labels: { a: 'b c' } } } }, [/no value of a label/]],
  [{ serviceOptions: { additionalMetadata: { annotations: { a: 'b c' } } } }, []],
  [
    { namespaceOptions: { additionalMetadataList: [{}, { annotations: { a: '{{ x }}' } }] } },
    [/additionalMetadataList\[1\]\.annotations\.a: only/],
  ],
  [undefined, []],
])('metadata of %j: %j', (spec, expected) => {
  const problems = metadataProblems(spec);
  expect(problems).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
});
