import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLabelExpression } from '../../kube/label-expression.ts';
import { filteredTarget } from './filtered-target.ts';

const requirement = 'capsule.clastix.io/tenant in (oil)';
const selectorOf = (query: string) => {
  const target = new URL(
    filteredTarget('/api/v1/namespaces', new URLSearchParams(query), requirement),
    'http://a',
  );
  return target.searchParams.getAll('labelSelector');
};

test.each([
  ['', requirement],
  ['labelSelector=', requirement],
  ['labelSelector=%20', requirement],
  ['labelSelector=a%3Db', `${requirement},a=b`],
  ['labelSelector=a=b&labelSelector=capsule.clastix.io/tenant%20in%20(gas)', `${requirement},a=b`],
  ['labelSelector=&labelSelector=a', requirement],
  // What does not end is not ended by ours.
  ['labelSelector=a%20in%20(b', `${requirement},a in (b`],
  ['labelSelector=%2C', `${requirement},,`],
])('%s: one selector, ours first', (query, expected) => {
  expect(selectorOf(query)).toEqual([expected]);
});

test('everything else of the query stays as it is', () => {
  const query = new URLSearchParams(
    'limit=5&continue=abc&watch=1&fieldSelector=metadata.name%3Da&x=1&x=2',
  );
  const target = new URL(filteredTarget('/api/v1/pods', query, 'a'), 'http://a');
  expect(target.pathname).toBe('/api/v1/pods');
  target.searchParams.delete('labelSelector');
  expect([...target.searchParams]).toEqual([...query]);
  expect(query.has('labelSelector')).toBe(false);
});

test('no selector of a client selects more than ours does', () => {
  const client = fc.oneof(
    fc.constantFrom(
      'capsule.clastix.io/tenant in (gas)',
      'capsule.clastix.io/tenant notin (oil)',
      'capsule.clastix.io/tenant=gas',
      'capsule.clastix.io/tenant!=oil',
      '!capsule.clastix.io/tenant',
      'a',
      '',
      ',',
    ),
    fc.string(),
  );
  const labels = fc.record({
    'capsule.clastix.io/tenant': fc.constantFrom('oil', 'gas', ''),
    a: fc.constantFrom('', 'b'),
  });
  fc.assert(
    fc.property(fc.array(client, { maxLength: 3 }), labels, (texts, of) => {
      const query = new URLSearchParams(
        texts.map((text): [string, string] => ['labelSelector', text]),
      );
      const [text = '', ...more] = selectorOf(query.toString());
      expect(more).toEqual([]);
      const isSelected = parseLabelExpression(text)?.(of) ?? false;
      if (isSelected) expect(of['capsule.clastix.io/tenant']).toBe('oil');
    }),
    { seed: 42 },
  );
});
