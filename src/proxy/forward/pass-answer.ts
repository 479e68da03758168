import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { answeredHeaders } from './request-headers.ts';
import type { Exchange, Sent } from './upstream.ts';

/**
 * Streams an answer to the client, as it comes or as `transform` changes it. Resolves when the exchange
 * is over; an answer that breaks off breaks off for the client too, so that nobody takes it for whole.
 */
export function passAnswer(
  { response, upgrading }: Exchange,
  answer: IncomingMessage,
  transform: Sent['transform'],
): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', () => {
      answer.destroy();
      resolve();
    });
    response.on('error', () => response.destroy());
    answer.on('error', () => response.destroy());
    if (response.destroyed) return;
    const { statusCode = 502 } = answer;
    const change = statusCode >= 200 && statusCode < 300 ? transform : undefined;
    const headers = answeredHeaders(answer.rawHeaders, change ? ofUnchangedBody : undefined);
    // What a client that wanted another protocol sends now is no request.
    if (upgrading) headers.push('connection', 'close');
    response.writeHead(statusCode, headers);
    const isShort = answer.headers['content-length'] !== undefined && !change;
    if (!isShort) response.flushHeaders();
    if (change) passChanged(answer, response, change);
    else passUnchanged(answer, response);
  });
}

/** What an answer says of its body that is not true of a changed one. */
const ofUnchangedBody = new Set(['content-length', 'etag', 'content-encoding', 'accept-ranges']);

function passUnchanged(answer: IncomingMessage, response: ServerResponse): void {
  answer.once('close', () => {
    if (!answer.complete) response.destroy();
  });
  answer.pipe(response);
}

function passChanged(
  answer: IncomingMessage,
  response: ServerResponse,
  change: NonNullable<Sent['transform']>,
): void {
  const changed = Readable.from(change(answer, answer.headers['content-type'] ?? ''), {
    objectMode: false,
  });
  changed.on('error', () => response.destroy());
  response.once('close', () => changed.destroy());
  changed.pipe(response);
}
