import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import type { ClusterConfig, Credential } from '../../kube/cluster-config.ts';
import { tlsOptions } from '../../kube/tls-options.ts';

/** One request as it goes to the API server. */
export interface UpstreamRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: string[];
  /** Nothing if absent. */
  body?: NodeJS.ReadableStream | undefined;
  signal: AbortSignal;
  /** Until the answer begins, in milliseconds; no end without. */
  timeoutMs?: number | undefined;
}

/** An answer that begins, or a connection that goes on in another protocol. */
export interface UpstreamAnswer {
  head: http.IncomingMessage;
  switched?: { socket: Duplex; head: Uint8Array };
}

/** Connections to the API server. */
export interface Connections {
  /** Rejects when there is no answer; an aborted signal with its reason. */
  send(credential: Credential, request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** `host:port` of the API server. */
  readonly host: string;
  close(): void;
}

/** The API server closes idle connections after 90 s: we are first. */
const idleMs = 60_000;
/** Certificates, managed fields: headers of answers are small, whatever their bodies are. */
const maxHeaderSize = 64 * 1024;

const pooled = { keepAlive: true, timeout: idleMs, maxFreeSockets: 256, noDelay: true };

/** One context for all connections: left to itself, Node would make one for each, of 50 KB and more. */
function tlsFor(cluster: ClusterConfig, credential: Credential): https.AgentOptions {
  const { ca, cert, key, ...connection } = {
    ...tlsOptions(cluster, credential),
    ALPNProtocols: ['http/1.1'],
  };
  return { ...connection, secureContext: createSecureContext({ ca, cert, key }) };
}

/** Keeps connections open between requests; a rotated client certificate gets new ones. */
export function openConnections(cluster: ClusterConfig): Connections {
  const server = new URL(cluster.server);
  const prefix = server.pathname.replace(/\/+$/, '');
  const isTls = server.protocol === 'https:';
  let current: { certificate: Credential['certificate']; agent: http.Agent } | undefined;

  function agentFor(credential: Credential): http.Agent {
    const { certificate } = credential;
    const known = current?.certificate;
    if (current && known?.cert === certificate?.cert && known?.key === certificate?.key) {
      return current.agent;
    }
    const agent = isTls
      ? new https.Agent({ ...pooled, ...tlsFor(cluster, credential) })
      : new http.Agent(pooled);
    current = { certificate, agent };
    return agent;
  }

  return {
    host: server.host,
    send: (credential, request) =>
      send(
        {
          protocol: server.protocol,
          hostname: server.hostname.replace(/^\[|\]$/g, ''),
          port: server.port || (isTls ? 443 : 80),
          agent: agentFor(credential),
          path: prefix + request.target,
          maxHeaderSize,
        },
        request,
      ),
    close: () => current?.agent.destroy(),
  };
}

function send(
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
      resolve({ head });
    });
    outgoing.once('upgrade', (head, socket, rest) => {
      clearTimeout(timer);
      resolve({ head, switched: { socket, head: rest } });
    });
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(signal.aborted ? (signal.reason as Error) : withReuse(error, outgoing.reusedSocket));
    });
    if (body) body.pipe(outgoing);
    else outgoing.end();
  });
}

/** A connection that was idle may end in the moment it is used: nothing has become of the request. */
export class StaleConnectionError extends Error {
  override name = 'StaleConnectionError';
}

function withReuse(error: Error & { code?: string }, isReused: boolean): Error {
  const isStale = isReused && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
  return isStale ? new StaleConnectionError('the connection had ended', { cause: error }) : error;
}
