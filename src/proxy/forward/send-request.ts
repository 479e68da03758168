import http from 'node:http';
import https from 'node:https';
import { StaleConnectionError } from './stale-connection.ts';
import { answerOf, type UpstreamAnswer } from './upstream-answer.ts';
import type { UpstreamRequest } from './upstream-request.ts';

/** Sends a request over a connection of its own, until its answer has ended. */
export function sendRequest(
  where: http.RequestOptions,
  { method, headers, body, signal, timeoutMs }: UpstreamRequest,
): Promise<UpstreamAnswer> {
  const { request } = where.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const outgoing = request({ ...where, method, headers, signal });
    const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
    function expire() {
      outgoing.destroy(new Error('the API server has not answered in time'));
    }
    outgoing.maxHeadersCount = 0;
    outgoing.once('response', (head) => {
      clearTimeout(timer);
      // An answer that came before all was sent is the last of its connection.
      head.once('close', () => {
        if (!outgoing.writableFinished) outgoing.destroy();
      });
      resolve(answerOf(head));
    });
    outgoing.once('upgrade', (head, socket, rest) => {
      clearTimeout(timer);
      resolve(answerOf(head, { socket, head: rest }));
    });
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(signal.aborted ? (signal.reason as Error) : withReuse(error, outgoing.reusedSocket));
    });
    if (body) body.pipe(outgoing);
    else outgoing.end();
  });
}

function withReuse(error: Error & { code?: string }, isReused: boolean): Error {
  const isStale = isReused && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
  return isStale ? new StaleConnectionError('the connection had ended', { cause: error }) : error;
}
