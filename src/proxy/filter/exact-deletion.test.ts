import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Exchange } from '../forward/upstream.ts';
import { parseRequest } from '../request/parse-request.ts';
import { exactDeletion } from './exact-deletion.ts';

const path = '/api/v1/nodes/a';

function deletion(body = '', { query = '', type }: { query?: string; type?: string } = {}) {
  const headers = type === undefined ? {} : { 'content-type': type };
  const request = Object.assign(Readable.from(body === '' ? [] : [Buffer.from(body)]), { headers });
  const asked = parseRequest('DELETE', `${path}${query}`);
  return exactDeletion({ asked, request } as unknown as Exchange, 'seen');
}
const sent = async (...args: Parameters<typeof deletion>) => {
  const { target, body } = await deletion(...args);
  return { target, body: body && (JSON.parse(Buffer.from(body).toString()) as unknown) };
};
const refused = async (...args: Parameters<typeof deletion>) =>
  await deletion(...args).then(
    () => 'sent',
    (error: { status: { code: number } }) => error.status.code,
  );

test('without options it is that of the uid, by the query', async () => {
  expect(await sent()).toEqual({ target: `${path}?uid=seen` });
  expect(await sent('', { query: '?propagationPolicy=Orphan&uid=seen&uid=other' })).toEqual({
    target: `${path}?propagationPolicy=Orphan&uid=seen`,
  });
});

test('with options these stay, and the uid is among the preconditions', async () => {
  const options = { propagationPolicy: 'Background', preconditions: { resourceVersion: '7' } };
  for (const type of [undefined, 'application/json', 'Application/JSON; charset=utf-8']) {
    const more = type === undefined ? {} : { type };
    expect(await sent(JSON.stringify(options), more)).toEqual({
      body: { ...options, preconditions: { resourceVersion: '7', uid: 'seen' } },
    });
  }
  const same = JSON.stringify({ preconditions: { uid: 'seen' } });
  expect(await sent(same)).toEqual({ body: JSON.parse(same) as unknown });
});

test.each<[string, number, ...Parameters<typeof deletion>]>([
  ['another uid', 409, '{"preconditions":{"uid":"other"}}'],
  ['another uid in the query', 409, '', { query: '?uid=other' }],
  ['a uid that is no text', 409, '{"preconditions":{"uid":["seen"]}}'],
  ['preconditions that are none', 400, '{"preconditions":[]}'],
  ['no object', 400, '[]'],
  ['no JSON', 400, '{'],
  ['too much', 400, `{"a":"${'x'.repeat(70_000)}"}`],
  ['protobuf', 415, 'k8s', { type: 'application/vnd.kubernetes.protobuf' }],
])('with %s it is refused: %d', async (_what, code, ...args) => {
  expect(await refused(...args)).toBe(code);
});
