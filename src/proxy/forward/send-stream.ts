import { constants, type ClientHttp2Stream } from 'node:http2';
import type { StreamPlace } from './session-pool.ts';
import { StaleConnectionError } from './stale-connection.ts';
import type { UpstreamAnswer } from './upstream-answer.ts';
import type { UpstreamRequest } from './upstream-request.ts';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;

/**
 * Sends a request without a body as one stream of a shared connection. Without an answer nothing has
 * come of it that asking once more could double: it only reads.
 */
export function sendStream(
  { session, leave }: StreamPlace,
  { method, target, headers, signal }: UpstreamRequest,
): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    let stream: ClientHttp2Stream;
    const fail = (cause?: unknown) =>
      reject(
        signal.aborted
          ? (signal.reason as Error)
          : new StaleConnectionError('the stream had ended', { cause }),
      );
    try {
      signal.throwIfAborted();
      const pseudo = [':method', method, ':scheme', 'https', ':path', target];
      stream = session.request([...pseudo, ...streamHeaders(headers)], { endStream: true, signal });
    } catch (error) {
      leave();
      return fail(error);
    }
    stream.once('response', (_head, _flags, rawHeaders) => resolve(answerOf(stream, rawHeaders)));
    stream.on('error', fail);
    stream.once('close', () => {
      leave();
      fail();
    });
  });
}

/** Names in small letters, and the authority in place of the host (RFC 9113 8.2.1, 8.3.1). */
function streamHeaders(headers: readonly string[]): string[] {
  return headers.map((text, index) => {
    if (index % 2 === 1) return text;
    const name = text.toLowerCase();
    return name === 'host' ? ':authority' : name;
  });
}

function answerOf(stream: ClientHttp2Stream, rawHeaders: readonly string[]): UpstreamAnswer {
  const isPseudo = (index: number) => rawHeaders[index - (index % 2)]?.startsWith(':') === true;
  return {
    status: Number(rawHeaders[rawHeaders.indexOf(':status') + 1]),
    rawHeaders: rawHeaders.filter((_, index) => !isPseudo(index)),
    body: stream,
    isBroken: () => stream.rstCode !== NGHTTP2_NO_ERROR,
    discard() {
      stream.on('error', () => {}).close(NGHTTP2_CANCEL);
      // Or it would wait for somebody to read it to its end.
      stream.destroy();
    },
  };
}
