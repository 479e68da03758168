import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AnsweredStatus } from '../decide/decision.ts';

/** A metav1.Status as it is sent. */
export function statusText({ code, reason, message, details }: AnsweredStatus): string {
  const status = code < 400 ? 'Success' : 'Failure';
  const type = { kind: 'Status', apiVersion: 'v1', metadata: {} };
  return JSON.stringify({ ...type, status, message, reason, ...(details && { details }), code });
}

/** Answers with a metav1.Status; breaks the exchange off when an answer has begun already. */
export function answerStatus(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  status: AnsweredStatus,
  { retryAfter }: { retryAfter?: number | undefined } = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = statusText(status);
  // Of a body that nobody will read, nothing may be taken for the next request.
  const isUnread = !request.complete || request.headers.upgrade !== undefined;
  const headers: OutgoingHttpHeaders = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-cache, private',
    'x-content-type-options': 'nosniff',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(isUnread ? { connection: 'close' } : {}),
  };
  response.writeHead(status.code, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
}
