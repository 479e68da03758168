import { expect, test } from 'vitest';
import { KubeApiError } from '../../kube/api-error.ts';
import type { RawRequest } from '../../kube/client.ts';
import { itemMetadata } from './item-metadata.ts';
import { shownBefore } from './shown-before.ts';

const asked = { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' };
const page = (names: readonly string[], more = '') => ({
  metadata: { continue: more },
  items: names.map((name) => ({ metadata: { name } })),
});

async function before(query: string, ...answers: unknown[]) {
  const sent: Pick<RawRequest, 'path' | 'query'>[] = [];
  const raw = ({ path, query: said }: RawRequest) => {
    sent.push({ path, ...(said && { query: said }) });
    const next = answers.shift();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next as never);
  };
  const shown = await shownBefore(asked, new URLSearchParams(query), {
    client: { raw },
    keeps: (item) => itemMetadata(item)?.name.startsWith('gold') === true,
    signal: new AbortController().signal,
  });
  return { shown: [...shown], sent };
}

test('is what was kept in the list of that very version, of all its pages', async () => {
  const query = 'watch=1&resourceVersion=7&labelSelector=!a&fieldSelector=b&timeoutSeconds=9';
  const answers = [page(['gold', 'secret'], 'next'), page(['gold-2'])];
  const { shown, sent } = await before(query, ...answers);
  expect(shown).toEqual(['/gold', '/gold-2']);
  const path = '/apis/storage.k8s.io/v1/storageclasses';
  const selectors = { labelSelector: '!a', fieldSelector: 'b', limit: '500' };
  const exact = { resourceVersion: '7', resourceVersionMatch: 'Exact' };
  expect(sent).toEqual([
    { path, query: { ...selectors, ...exact } },
    { path, query: { ...selectors, continue: 'next' } },
  ]);
});

test.each([
  '',
  'resourceVersion=',
  'resourceVersion=0',
  'resourceVersion=7&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
])('is nothing for a watch that tells of all by itself: %s', async (query) => {
  expect(await before(query)).toEqual({ shown: [], sent: [] });
});

test('is not known of a version that is gone: the client lists again', async () => {
  const gone = new KubeApiError({ code: 410, reason: 'Expired', message: 'old' });
  await expect(before('resourceVersion=7', gone)).rejects.toMatchObject({
    status: { code: 410, reason: 'Expired' },
  });
});
