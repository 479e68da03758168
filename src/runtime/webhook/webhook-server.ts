import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Log } from '../../base/log.ts';
import { parseListenAddress, type Endpoint } from '../http-endpoint.ts';
import type { Metrics } from '../metrics.ts';
import {
  BadReviewError,
  formatReview,
  parseReview,
  type AdmissionAnswer,
  type ReviewedRequest,
} from './admission-review.ts';
import { readBody } from './read-body.ts';
import type { ServingCertificates } from './serving-certificates.ts';

/** A hook as the server calls it. */
export interface WebhookRoute {
  /** For metrics and the log. */
  name: string;
  /** May throw {@link BadReviewError} for a request that is none. */
  review(request: ReviewedRequest, signal: AbortSignal): Promise<AdmissionAnswer>;
}

export interface WebhookServerOptions {
  /** `:9443`, `127.0.0.1:0`. */
  address: string;
  certificates: ServingCertificates;
  /** Hooks by path. */
  routes: ReadonlyMap<string, WebhookRoute>;
  metrics: Pick<Metrics, 'reviewed'>;
  log: Log;
}

/** Twice an object of the API server's own limit (3 MiB), and what is around them. */
const maxBytes = 7 * 1024 * 1024;
/** Longest the API server can be told to wait for a webhook. */
const maxReviewMs = 30_000;

/**
 * Serves admission hooks to API servers (AdmissionReview v1) over TLS 1.2 and later. What a hook
 * throws ends its own request only, with a 500: the API server then does what the hook's failure
 * policy says. A renewed certificate counts from the next connection on.
 */
export async function openWebhookServer(options: WebhookServerOptions): Promise<Endpoint> {
  const { address, certificates } = options;
  const { host, port } = parseListenAddress(address);
  const { certPem, keyPem } = certificates.current();
  const underWay = new Set<ServerResponse>();
  const server = createServer(
    {
      cert: certPem,
      key: keyPem,
      minVersion: 'TLSv1.2',
      headersTimeout: 10_000,
      requestTimeout: maxReviewMs,
      // Longer than API servers keep an idle connection, so that none is used as it closes.
      keepAliveTimeout: 120_000,
      maxHeaderSize: 16_384,
    },
    (request, response) => {
      underWay.add(response);
      response.once('close', () => underWay.delete(response));
      void serve(request, response, options);
    },
  );
  server.maxConnections = 1024;
  const unsubscribe = certificates.onRenewal((renewed) =>
    server.setSecureContext({ cert: renewed.certPem, key: renewed.keyPem, minVersion: 'TLSv1.2' }),
  );
  server.listen({ port, ...(host === undefined ? {} : { host }) });
  await once(server, 'listening');
  return {
    url: urlOf(server),
    close: () => {
      unsubscribe();
      return close(server, underWay);
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: WebhookServerOptions,
): Promise<void> {
  const send = (status: number, body: string, type = 'text/plain; charset=utf-8') => {
    if (response.headersSent || response.destroyed) return;
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  };
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  const route = options.routes.get(path);
  if (!route) return refuse(request, () => send(404, 'no such hook\n'));
  if (request.method !== 'POST') return refuse(request, () => send(405, 'POST only\n'));
  const started = performance.now();
  const ended = (verdict: Verdict) => {
    const seconds = (performance.now() - started) / 1000;
    options.metrics.reviewed({ hook: route.name, verdict, seconds });
  };
  const signal = AbortSignal.timeout(timeoutOf(query));
  try {
    const body = await readBody(request, maxBytes);
    if (body === undefined) {
      response.shouldKeepAlive = false;
      send(413, `a review has at most ${maxBytes} bytes\n`);
      return ended('invalid');
    }
    const reviewed = parseReview(body);
    const answer = await route.review(reviewed, signal);
    send(200, formatReview(reviewed.uid, answer), 'application/json');
    ended(answer.allowed ? 'allowed' : 'denied');
  } catch (error) {
    if (error instanceof BadReviewError) {
      send(400, `${error.message}\n`);
      return ended('invalid');
    }
    // Who waits learns that it failed; why is in the log.
    send(500, 'the hook failed\n');
    ended(signal.aborted ? 'timeout' : 'failed');
    options.log.error('admission hook failed', error, { hook: route.name });
  }
}

type Verdict = Parameters<Metrics['reviewed']>[0]['verdict'];

/** Answers without having read what was sent. */
function refuse(request: IncomingMessage, send: () => void): void {
  request.resume();
  send();
}

/** The API server says how long it waits: `?timeout=10s`. */
function timeoutOf(query: string): number {
  const seconds = Number(/^(\d{1,2})s$/.exec(new URLSearchParams(query).get('timeout') ?? '')?.[1]);
  return Number.isFinite(seconds) && seconds > 0
    ? Math.min(seconds * 1000, maxReviewMs)
    : maxReviewMs;
}

function urlOf(server: Server): string {
  // A server that listens on TCP has such an address.
  const { address, port, family } = server.address() as AddressInfo;
  return `https://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/**
 * Lets reviews under way end, and takes no new ones. Connections on which nothing has been asked yet
 * are no reviews: API servers keep such in store.
 */
function close(server: Server, underWay: ReadonlySet<ServerResponse>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    const endRest = () => {
      if (underWay.size === 0) server.closeAllConnections();
    };
    for (const response of underWay) response.once('close', endRest);
    endRest();
  });
}
