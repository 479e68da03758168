import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { isAbort } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { KubeApiError, KubeTransportError } from '../../kube/api-error.ts';
import type { Authenticate } from '../caller/authenticate.ts';
import type { Caller } from '../caller/caller.ts';
import { createIdentityHeaders } from '../caller/identity-headers.ts';
import { wantedIdentity, type WantedIdentity } from '../caller/impersonation-headers.ts';
import type { Exchange, Serve, UpgradingClient } from '../forward/upstream.ts';
import { Refusal, unavailable } from '../refusal.ts';
import { assertOneReading } from '../request/one-reading.ts';
import { parseRequest } from '../request/parse-request.ts';
import type { ApiRequest } from '../request/api-request.ts';
import { answerStatus } from './answer-status.ts';
import { createCallerLimits, type CallerLimits } from './caller-limits.ts';
import { pathLabel, type OnAnswered } from './observe.ts';

export interface HandlerOptions {
  authenticate: Authenticate;
  /** Whom a caller acts as that asks to be somebody else. Rejects with a Refusal. */
  impersonated(caller: Caller, wanted: WantedIdentity, signal: AbortSignal): Promise<Caller>;
  /** How much one caller may have under way. */
  limits: CallerLimits;
  serve: Serve;
  onAnswered: OnAnswered;
  /** Aborted when the proxy is about to end: a connection is then good for one more answer. */
  draining: AbortSignal;
  /** Aborts what is under way. */
  signal: AbortSignal;
  log: Log;
}

/** What a client has sent, until it is known who and what it is. */
export type Arrival = Pick<Exchange, 'request' | 'response' | 'signal' | 'upgrading'>;

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Sees one request through. Never rejects: whatever goes wrong, goes wrong for this one alone. */
export type Handle = (
  request: IncomingMessage,
  response: ServerResponse,
  upgrading?: UpgradingClient,
) => Promise<void>;

/** Who it is, what is asked for, and then `serve`: nothing goes upstream for anybody before. */
export function createHandle(options: HandlerOptions): Handle {
  const { serve, log, onAnswered } = options;
  const enter = createCallerLimits(options.limits);
  const identityOf = createIdentityHeaders();
  return async (request, response, upgrading) => {
    const started = performance.now();
    let exchange: Exchange | undefined;
    let leave = () => {};
    if (options.draining.aborted) response.shouldKeepAlive = false;
    const ending = endingOf(response, upgrading?.socket, options.signal);
    const arrival = { request, response, signal: ending.signal, ...(upgrading && { upgrading }) };
    try {
      if (request.url === '/_healthz') answerHealth(arrival);
      else {
        const { asked, caller } = await authenticated(arrival, options);
        leave = enter(caller, doesLast(arrival, asked) ? 'watches' : 'requests');
        const actsAs = await effective(arrival, caller, options);
        // Whom the API server could not be told of is nobody, whatever becomes of the request.
        const identity = identityOf(actsAs);
        exchange = { ...arrival, asked, caller: actsAs, identity };
        await serve(exchange);
      }
    } catch (error) {
      if (isAbort(error) || ending.signal.aborted) response.destroy();
      else answerError(arrival, error, log);
    } finally {
      leave();
      ending.forget();
      const { statusCode: status } = response;
      const seconds = (performance.now() - started) / 1000;
      onAnswered({ path: pathLabel(exchange?.asked, status), status, seconds });
    }
  };
}

async function authenticated(
  arrival: Arrival,
  { authenticate }: HandlerOptions,
): Promise<Pick<Exchange, 'asked' | 'caller'>> {
  const { method = '', url = '' } = arrival.request;
  if (!methods.has(method)) {
    const message = 'the method is none that the API server knows';
    throw new Refusal({ code: 405, reason: 'MethodNotAllowed', message });
  }
  assertOneReading(arrival);
  const asked = parseRequest(method, url);
  return { asked, caller: await authenticate(arrival.request) };
}

/** Whom the caller acts as. */
async function effective(
  { request, signal }: Arrival,
  caller: Caller,
  { impersonated }: HandlerOptions,
): Promise<Caller> {
  const wanted = wantedIdentity(request.rawHeaders);
  return wanted ? await impersonated(caller, wanted, signal) : caller;
}

const doesLast = ({ upgrading }: Arrival, { isWatch, subresource, query }: ApiRequest) =>
  isWatch || upgrading !== undefined || (subresource === 'log' && query.has('follow'));

function answerHealth({ response }: Arrival): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': 2 });
  response.end('ok');
}

function answerError(arrival: Arrival, thrown: unknown, log: Log): void {
  const error = isAway(thrown)
    ? unavailable('the API server does not answer at the moment', thrown)
    : thrown;
  if (error instanceof Refusal) {
    if (error.status.code >= 500) log.error('a request was not served', error);
    answerStatus(arrival, error.status, error);
    return;
  }
  log.error('a request failed', error);
  const message = 'an internal error of the proxy; its log says more';
  answerStatus(arrival, { code: 500, reason: 'InternalError', message });
}

/** What we had to ask the API server ourselves has met nobody, or one that cannot answer us yet. */
const isAway = (error: unknown) =>
  error instanceof KubeTransportError ||
  (error instanceof KubeApiError && (error.code >= 500 || [401, 403, 429].includes(error.code)));

/** Aborts when the client goes or the proxy ends. */
function endingOf(response: ServerResponse, socket: Duplex | undefined, end: AbortSignal) {
  const ending = new AbortController();
  const abort = () => ending.abort();
  const onClose = () => {
    if (!response.writableFinished) abort();
  };
  response.once('close', onClose);
  socket?.once('close', abort);
  end.addEventListener('abort', abort, { once: true });
  if (end.aborted) abort();
  const forget = () => {
    end.removeEventListener('abort', abort);
    response.off('close', onClose);
    socket?.off('close', abort);
  };
  return { signal: ending.signal, forget };
}
