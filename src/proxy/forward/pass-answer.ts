import { Readable } from 'node:stream';
import { answeredHeaders } from './request-headers.ts';
import type { Exchange, Sent } from './upstream.ts';
import { headerOf, type UpstreamAnswer } from './upstream-answer.ts';

/**
 * Streams an answer to the client, as it comes or as `transform` changes it. Resolves when the exchange
 * is over; an answer that breaks off breaks off for the client too, so that nobody takes it for whole.
 * A watch has no whole: it ends well when the proxy is `draining`, and its client begins it anew.
 */
export function passAnswer(
  { response, upgrading, asked }: Exchange,
  answer: UpstreamAnswer,
  { transform, draining }: { transform: Sent['transform'] | undefined; draining: AbortSignal },
): Promise<void> {
  return new Promise((resolve) => {
    const { status, body } = answer;
    const change = status >= 200 && status < 300 ? transform : undefined;
    const source = change ? changed(answer, change) : body;
    const endWell = () => {
      if (!asked.isWatch) return;
      source.unpipe(response);
      response.end();
    };
    response.once('close', () => {
      draining.removeEventListener('abort', endWell);
      answer.discard();
      source.destroy();
      resolve();
    });
    for (const stream of [response, source, body]) stream.on('error', () => response.destroy());
    const breakOff = () => {
      if (answer.isBroken() && !response.writableEnded) response.destroy();
    };
    // A stream of HTTP/2 that is reset seems to end.
    body.once('end', breakOff);
    body.once('close', breakOff);
    if (response.destroyed) return;
    const headers = answeredHeaders(answer.rawHeaders, change ? ofUnchangedBody : undefined);
    // What a client that wanted another protocol sends now is no request.
    if (upgrading) headers.push('connection', 'close');
    response.writeHead(status, headers);
    const isShort = headerOf(answer, 'content-length') !== undefined && !change;
    if (!isShort) response.flushHeaders();
    source.pipe(response);
    draining.addEventListener('abort', endWell, { once: true });
    if (draining.aborted) endWell();
  });
}

/** What an answer says of its body that is not true of a changed one. */
const ofUnchangedBody = new Set(['content-length', 'etag', 'content-encoding', 'accept-ranges']);

function changed(answer: UpstreamAnswer, change: NonNullable<Sent['transform']>): Readable {
  const pieces = change(answer.body, headerOf(answer, 'content-type') ?? '');
  return Readable.from(pieces, { objectMode: false });
}
