import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { answeredHeaders } from './request-headers.ts';
import type { Exchange, Sent } from './upstream.ts';

/**
 * Streams an answer to the client, as it comes or as `transform` changes it. Resolves when the exchange
 * is over; an answer that breaks off breaks off for the client too, so that nobody takes it for whole.
 * A watch has no whole: it ends well when the proxy is `draining`, and its client begins it anew.
 */
export function passAnswer(
  { response, upgrading, asked }: Exchange,
  answer: IncomingMessage,
  { transform, draining }: { transform: Sent['transform'] | undefined; draining: AbortSignal },
): Promise<void> {
  return new Promise((resolve) => {
    const { statusCode = 502 } = answer;
    const change = statusCode >= 200 && statusCode < 300 ? transform : undefined;
    const source = change ? changed(answer, change) : answer;
    const endWell = () => {
      if (!asked.isWatch) return;
      source.unpipe(response);
      response.end();
    };
    response.once('close', () => {
      draining.removeEventListener('abort', endWell);
      source.destroy();
      answer.destroy();
      resolve();
    });
    for (const stream of [response, source, answer]) stream.on('error', () => response.destroy());
    answer.once('close', () => {
      if (!answer.complete && !response.writableEnded) response.destroy();
    });
    if (response.destroyed) return;
    const headers = answeredHeaders(answer.rawHeaders, change ? ofUnchangedBody : undefined);
    // What a client that wanted another protocol sends now is no request.
    if (upgrading) headers.push('connection', 'close');
    response.writeHead(statusCode, headers);
    const isShort = answer.headers['content-length'] !== undefined && !change;
    if (!isShort) response.flushHeaders();
    source.pipe(response);
    draining.addEventListener('abort', endWell, { once: true });
    if (draining.aborted) endWell();
  });
}

/** What an answer says of its body that is not true of a changed one. */
const ofUnchangedBody = new Set(['content-length', 'etag', 'content-encoding', 'accept-ranges']);

function changed(answer: IncomingMessage, change: NonNullable<Sent['transform']>): Readable {
  const pieces = change(answer, answer.headers['content-type'] ?? '');
  return Readable.from(pieces, { objectMode: false });
}
