import type { IncomingMessage } from 'node:http';
import { answeredHeaders } from './request-headers.ts';
import type { Exchange } from './upstream.ts';

/**
 * Streams an answer to the client, as it comes. Resolves when the exchange is over; an answer that
 * breaks off breaks off for the client too, so that nobody takes it for whole. `ending` ends it well.
 */
export function passAnswer(
  { response, upgrading }: Exchange,
  answer: IncomingMessage,
  ending: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      answer.unpipe(response);
      answer.destroy();
      response.end();
    };
    const finish = () => {
      ending?.removeEventListener('abort', end);
      answer.destroy();
      resolve();
    };
    response.once('close', finish);
    // The reason of an error is the same as of what follows from it: the stream is over.
    response.on('error', () => response.destroy());
    answer.on('error', () => response.destroy());
    answer.once('close', () => {
      if (!answer.complete && !ending?.aborted) response.destroy();
    });
    if (response.destroyed) return finish();
    const headers = answeredHeaders(answer.rawHeaders);
    // What a client that wanted another protocol sends now is no request.
    if (upgrading) headers.push('connection', 'close');
    response.writeHead(answer.statusCode ?? 502, headers);
    if (answer.headers['content-length'] === undefined) response.flushHeaders();
    ending?.addEventListener('abort', end, { once: true });
    if (ending?.aborted) end();
    else answer.pipe(response);
  });
}
