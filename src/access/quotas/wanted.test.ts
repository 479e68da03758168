import { expect, test } from 'vitest';
import { readAmounts } from '../../kube/resource-list.ts';
import { formatWanted, wantedAnnotation, wantedIn } from './wanted.ts';

const quota = (wish: string) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q', annotations: { [wantedAnnotation]: wish } },
});
const amounts = readAmounts({ pods: 1, 'limits.cpu': '1500m' });

test('a wish is read as it was written, for some seconds', () => {
  const wish = quota(formatWanted(amounts, 1000));
  expect(wantedIn(wish, 1000)).toEqual(amounts);
  expect(wantedIn(wish, 10_999)).toEqual(amounts);
  expect(wantedIn(wish, 11_000)).toEqual(new Map());
});

test('a wish of a clock far ahead counts no longer than others', () => {
  expect(wantedIn(quota(formatWanted(amounts, 100_000)), 1000)).toEqual(new Map());
});

test.each(['', '{', 'null', '{"atMs":"now"}', '{"atMs":1000}', '{"atMs":1000,"amounts":7}'])(
  '%j is no wish',
  (text) => {
    expect(wantedIn(quota(text), 1000)).toEqual(new Map());
  },
);
