import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Pool, ProxyAgent, type Dispatcher } from 'undici';
import { messageOf } from '../base/errors.ts';
import { KubeTransportError } from './api-error.ts';
import { shareConnections, type ClusterConfig, type Credential } from './cluster-config.ts';
import { isLocalAddress } from './server-address.ts';
import { tlsOptions } from './tls-options.ts';

/** One HTTP exchange as transport sees it. */
export interface Exchange {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  headers: readonly (readonly [name: string, value: string])[];
  body?: string;
  signal?: AbortSignal;
  /** For streams: longest silence before the connection counts as broken. */
  idleTimeoutMs?: number;
}

/** A whole answer. */
export interface Answer {
  status: number;
  retryAfter?: string;
  etag?: string;
  contentType?: string;
  /** The server's API Priority and Fairness has classified the request. */
  isPrioritised?: true;
  body: string;
}

/** An answer whose body is still arriving; failures while iterating are KubeTransportErrors. */
export interface StreamAnswer extends Omit<Answer, 'body'> {
  body: AsyncIterable<Uint8Array>;
  /** Ends the connection of a body that nobody will read. */
  discard(): void;
}

export interface TransportOptions {
  /** Connections for requests; watches have a pool of their own without a ceiling. */
  connections?: number;
  /** Time until headers, and between two pieces of a body. */
  timeoutMs?: number;
  /** Ceiling of one answer's body. */
  maxResponseBytes?: number;
}

/** Connections to one API server. Sends once: retries are resend.ts's. */
export interface Transport {
  request(credential: Credential, exchange: Exchange): Promise<Answer>;
  stream(credential: Credential, exchange: Exchange): Promise<StreamAnswer>;
  close(): Promise<void>;
}

/** The error codes of connections that ended before an answer came, nothing having gone wrong at our side. */
const resetCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ECONNABORTED']);

/** True when the connection broke under the request, as a closed keep-alive connection does. */
export function isConnectionReset(error: unknown): boolean {
  return error instanceof KubeTransportError && resetCodes.has(codeOf(error.cause));
}

const defaults = { connections: 64, timeoutMs: 60_000, maxResponseBytes: 256 * 1024 * 1024 };

/** Below the API server's own idle time-out of 90 s, so that we, not it, close idle connections. */
const keepAliveMs = 60_000;

export function createTransport(config: ClusterConfig, options: TransportOptions = {}): Transport {
  const { connections, timeoutMs, maxResponseBytes } = { ...defaults, ...options };
  const server = new URL(config.server);
  const prefix = server.pathname.replace(/\/+$/, '');
  const pools = createPools(config, server.origin, { connections, timeoutMs });

  async function dispatch(
    kind: 'requests' | 'watches',
    credential: Credential,
    exchange: Exchange,
  ): Promise<Dispatcher.ResponseData> {
    const { method, path, body, signal, idleTimeoutMs } = exchange;
    signal?.throwIfAborted();
    try {
      return await pools.for(credential)[kind].request({
        origin: server.origin,
        method,
        path: prefix + path,
        headers: flatten(credential, exchange.headers),
        body: body ?? null,
        signal: signal ?? null,
        headersTimeout: timeoutMs,
        bodyTimeout: idleTimeoutMs ?? timeoutMs,
      });
    } catch (error) {
      throw transportError(error, signal);
    }
  }

  return {
    async request(credential, exchange) {
      const response = await dispatch('requests', credential, exchange);
      try {
        return { ...headOf(response), body: await readText(response.body, maxResponseBytes) };
      } catch (error) {
        throw transportError(error, exchange.signal);
      }
    },
    async stream(credential, exchange) {
      const response = await dispatch('watches', credential, exchange);
      const discard = () => void response.body.on('error', () => {}).destroy();
      return { ...headOf(response), body: readBody(response.body, exchange.signal), discard };
    },
    close: () => pools.close(),
  };
}

/**
 * A long stream arrives in reads that follow each other without a turn of the event loop: timers
 * and other connections get theirs after this long.
 */
const longestTurnMs = 10;

/** Pools per credential, where it is about connections: a rotated one opens new, requests under way finish on the old. */
function createPools(
  config: ClusterConfig,
  origin: string,
  limits: { connections: number; timeoutMs: number },
) {
  type Pools = Record<'requests' | 'watches', Dispatcher>;
  let current: { credential: Credential; pools: Pools } | undefined;
  const closing = (pools: Pools) => [pools.requests.close(), pools.watches.close()];
  const destroying = (pools: Pools) => [pools.requests.destroy(), pools.watches.destroy()];

  function open(credential: Credential): Pools {
    const tls = { ...tlsOptions(config, credential), ...lookupOf(config) };
    const make = (connections: number | null): Dispatcher => {
      const shared = {
        connections,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: keepAliveMs,
        keepAliveMaxTimeout: keepAliveMs,
        connectTimeout: limits.timeoutMs / 4,
      };
      if (config.proxyUrl === undefined) {
        return new Pool(origin, { ...shared, connect: { ...tls, keepAlive: true } });
      }
      return new ProxyAgent({
        ...shared,
        uri: config.proxyUrl,
        requestTls: tls,
        proxyTls: config.trustProxy === true ? {} : lookupOf(config),
        proxyTunnel: true,
      });
    };
    return { requests: make(limits.connections), watches: make(null) };
  }

  return {
    for(credential: Credential): Pools {
      if (current && shareConnections(current.credential, credential)) return current.pools;
      if (current) void Promise.allSettled(closing(current.pools));
      current = { credential, pools: open(credential) };
      return current.pools;
    },
    async close() {
      if (current) await Promise.allSettled(destroying(current.pools));
    },
  };
}

function lookupOf({ refuseLocalAddresses }: ClusterConfig): { lookup?: LookupFunction } {
  return refuseLocalAddresses === true ? { lookup: lookupRemote } : {};
}

/** A name stands for an address that may not be connected to. */
export class LocalAddressError extends Error {
  override name = 'LocalAddressError';
  override message =
    'the server has a local address: loopback, link-local or of a metadata service';
}

/**
 * A DNS lookup that fails for names of this machine or link. Checked at the moment of connecting,
 * so that a name cannot mean one thing when judged and another when used.
 */
const lookupRemote: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const isLocal = addresses?.some(({ address }) => isLocalAddress(address));
    const [first] = addresses ?? [];
    if (error || isLocal || !first) {
      return callback(error ?? new LocalAddressError(), '', 0);
    }
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function flatten(credential: Credential, headers: Exchange['headers']): string[] {
  const flat = headers.flat();
  if (credential.authorization !== undefined) flat.push('authorization', credential.authorization);
  return flat;
}

/** Set by API Priority and Fairness on every answer. */
const flowSchemaHeader = 'x-kubernetes-pf-flowschema-uid';

function headOf(response: Dispatcher.ResponseData): Omit<Answer, 'body'> {
  const text = (name: string) => {
    const value = response.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const [retryAfter, etag, contentType] = [text('retry-after'), text('etag'), text('content-type')];
  return {
    status: response.statusCode,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(etag === undefined ? {} : { etag }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(response.headers[flowSchemaHeader] === undefined ? {} : { isPrioritised: true }),
  };
}

async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new KubeTransportError(`an answer exceeds ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

async function* readBody(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let turnedAt = performance.now();
  try {
    for await (const chunk of body) {
      yield chunk;
      if (performance.now() - turnedAt < longestTurnMs) continue;
      await nextTurn();
      turnedAt = performance.now();
    }
  } catch (error) {
    throw transportError(error, signal);
  }
}

/** An abort stays what the caller aborted with; everything else is the absence of an answer. */
function transportError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof KubeTransportError) return error;
  return new KubeTransportError(`no answer from the API server: ${messageOf(error)}`, {
    cause: error,
  });
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
