import { afterEach, expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { createAuthority } from '../../base/certificate.ts';
import { createLog } from '../../base/log.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import { watchClientAuthorities } from './client-authorities.ts';

const [first, second, own] = ['first', 'second', 'own'].map(
  (name) => createAuthority(name).certPem,
);
let ending = new AbortController();
afterEach(() => {
  ending.abort();
  ending = new AbortController();
});

/** What the API server answers when it is asked where it publishes them. */
type Answer = string | undefined | Error;
const refused = (code: number) => new KubeApiError({ code, message: 'no' });

async function started(answer: Answer) {
  const published = { answer };
  const clock = createFakeClock();
  const get = () =>
    published.answer instanceof Error
      ? Promise.reject(published.answer)
      : Promise.resolve({ data: { 'client-ca-file': published.answer } });
  const authorities = await watchClientAuthorities({
    // Only this object is ever asked for.
    client: { get: get as never },
    fallbackPem: own,
    clock,
    log: createLog({ level: 'error', write: () => {} }),
    signal: ending.signal,
  });
  const changes: string[] = [];
  authorities.onChange(() => changes.push(authorities.pem()));
  return { authorities, published, changes, later: () => clock.advance(61_000) };
}

test('are what the API server publishes, and followed', async () => {
  const { authorities, published, changes, later } = await started(first);
  expect(authorities.pem()).toBe(first);
  expect(authorities.certificates().map(({ subject }) => subject)).toEqual(['CN=first']);
  await later();
  expect(changes).toEqual([]);
  published.answer = `${first}${second}`;
  await later();
  expect(changes).toEqual([`${first}${second}`]);
  expect(authorities.certificates().map(({ subject }) => subject)).toEqual([
    'CN=first',
    'CN=second',
  ]);
});

test.each([403, 404])('are that of the API server itself where it says %d', async (code) => {
  const { authorities, published, later } = await started(refused(code));
  expect(authorities.pem()).toBe(own);
  published.answer = second;
  await later();
  expect(authorities.pem()).toBe(second);
});

test('stay as they are known while they cannot be read; unknown at the start is an error', async () => {
  const { authorities, published, changes, later } = await started(first);
  published.answer = refused(500);
  await later();
  published.answer = new Error('connection refused');
  await later();
  expect([authorities.pem(), changes]).toEqual([first, []]);
  await expect(started(refused(500))).rejects.toThrow();
});

test('none published are none: nobody is trusted', async () => {
  const { authorities } = await started(undefined);
  expect([authorities.pem(), authorities.certificates()]).toEqual(['', []]);
});
