import { once } from 'node:events';
import { request as send } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { createLog } from '../../base/log.ts';
import type { ReviewVerdict } from '../metrics.ts';
import { BadReviewError, type AdmissionAnswer } from './admission-review.ts';
import { dueCertificate } from './due-certificate.ts';
import { holdCertificate } from './serving-certificates.ts';
import { openWebhookServer, type WebhookRoute } from './webhook-server.ts';

const issue = () => {
  const made = dueCertificate({}, { names: ['127.0.0.1'], nowMs: Date.now() });
  if (!made) throw new Error('nothing was issued');
  return made;
};
const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' };
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server with one hook at `/hook`. */
async function serve(hook: WebhookRoute['review']) {
  const certificates = holdCertificate(issue());
  const reviews: ReviewVerdict[] = [];
  const lines: string[] = [];
  const server = await openWebhookServer({
    address: '127.0.0.1:0',
    certificates,
    routes: new Map([['/hook', { name: 'hook', review: hook }]]),
    metrics: { reviewed: ({ verdict }) => void reviews.push(verdict) },
    log: createLog({ level: 'error', write: (line) => void lines.push(line) }),
  });
  open.push(() => server.close());
  const post = async (body: string, { path = '/hook', method = 'POST' } = {}) => {
    const ca = certificates.current().caPem;
    const request = send(`${server.url}${path}`, { method, ca, agent: false });
    // What is refused unread may be cut off while it is written.
    request.on('error', () => {});
    request.end(body);
    const [response] = (await once(request, 'response')) as [
      Parameters<typeof text>[0] & { statusCode: number },
    ];
    return { status: response.statusCode, body: await text(response) };
  };
  return { server, certificates, reviews, lines, post };
}

const ask = (uid: string) => JSON.stringify({ ...review, request: { uid } });
const allow: AdmissionAnswer = { allowed: true };

describe('a webhook server', () => {
  test('answers with consent, patch and warnings under the uid it was asked', async () => {
    const { post, reviews } = await serve(() =>
      Promise.resolve({
        allowed: true,
        patch: [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }],
        warnings: ['old'],
      }),
    );
    const { status, body } = await post(ask('u-1'));
    expect(status).toBe(200);
    const { response } = JSON.parse(body) as { response: { uid: string; patch: string } };
    expect(response).toMatchObject({
      uid: 'u-1',
      allowed: true,
      patchType: 'JSONPatch',
      warnings: ['old'],
    });
    expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual([
      { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
    ]);
    expect(reviews).toEqual(['allowed']);
  });

  test('answers with a refusal, its code and its words, and never with a patch', async () => {
    const status = { code: 403, reason: 'Forbidden', message: 'not yours' };
    const { post, reviews } = await serve(() =>
      Promise.resolve({
        allowed: false,
        status,
        patch: [{ op: 'remove', path: '/spec' }],
        auditAnnotations: { rule: 'r' },
      }),
    );
    const { body } = await post(ask('u-2'));
    expect(JSON.parse(body)).toEqual({
      ...review,
      response: { uid: 'u-2', allowed: false, status, auditAnnotations: { rule: 'r' } },
    });
    expect(reviews).toEqual(['denied']);
  });

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['another kind', JSON.stringify({ ...review, kind: 'Pod' })],
    ['another version', JSON.stringify({ ...review, apiVersion: 'admission.k8s.io/v1beta1' })],
    ['no request', JSON.stringify(review)],
    ['a request without a uid', JSON.stringify({ ...review, request: { uid: '' } })],
    [
      '__proto__ for a request',
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","__proto__":{"request":{"uid":"x"}}}',
    ],
  ])('refuses %s with 400', async (_, body) => {
    const { post, reviews } = await serve(() => Promise.resolve(allow));
    expect(await post(body)).toMatchObject({ status: 400 });
    expect(reviews).toEqual(['invalid']);
  });

  test('a hook may find a request bad', async () => {
    const { post } = await serve(() => Promise.reject(new BadReviewError('no user')));
    expect(await post(ask('u'))).toEqual({ status: 400, body: 'no user\n' });
  });

  test('what a hook throws ends its request only, and is told to the log alone', async () => {
    let count = 0;
    const { post, reviews, lines } = await serve(() => {
      if (count++ === 0) throw new Error('inner detail');
      return Promise.resolve(allow);
    });
    const failed = await post(ask('u'));
    expect(failed.status).toBe(500);
    expect(failed.body).not.toContain('inner detail');
    expect(lines.join('')).toContain('inner detail');
    expect((await post(ask('u'))).status).toBe(200);
    expect(reviews).toEqual(['failed', 'allowed']);
  });

  test('gives a hook as long as the API server waits', async () => {
    const { post, reviews } = await serve(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    );
    expect((await post(ask('u'), { path: '/hook?timeout=1s' })).status).toBe(500);
    expect(reviews).toEqual(['timeout']);
  });

  test('refuses a body beyond its bound, and goes on', async () => {
    const { post, reviews } = await serve(() => Promise.resolve(allow));
    expect((await post('x'.repeat(7 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await post(ask('u'))).status).toBe(200);
    expect(reviews).toEqual(['invalid', 'allowed']);
  });

  test.each([
    ['another path', { path: '/elsewhere' }, 404],
    ['another method', { method: 'GET' }, 405],
  ])('%s is not served', async (_, request, status) => {
    const { post } = await serve(() => Promise.resolve(allow));
    expect((await post('', request)).status).toBe(status);
  });

  test('serves a renewed certificate from the next connection on', async () => {
    const { server, certificates, post } = await serve(() => Promise.resolve(allow));
    const before = certificates.current();
    certificates.renew(issue());
    expect((await post(ask('u'))).status).toBe(200);
    const old = connect({
      port: Number(new URL(server.url).port),
      host: '127.0.0.1',
      ca: before.caPem,
    });
    const [error] = (await once(old, 'error')) as [Error];
    expect(error.message).toMatch(/certificate|signature/);
  });

  test('ends when its reviews have, whatever connections are held in store', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<AdmissionAnswer>();
    const { server, post } = await serve(() => {
      asked.resolve();
      return answer.promise;
    });
    const port = Number(new URL(server.url).port);
    const stored = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(stored, 'secureConnect');
    stored.on('error', () => {});
    const reviewed = post(ask('u'));
    await asked.promise;
    const closed = server.close();
    answer.resolve(allow);
    expect((await reviewed).status).toBe(200);
    await closed;
    expect(stored.destroyed || (await once(stored, 'close'))).toBeTruthy();
  });

  test('speaks no TLS below 1.2', async () => {
    const { server } = await serve(() => Promise.resolve(allow));
    const old: TLSSocket = connect({
      port: Number(new URL(server.url).port),
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const [error] = (await once(old, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/);
  });
});
