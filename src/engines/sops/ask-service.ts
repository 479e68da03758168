import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { AddressError, resolveAllowed, type AddressPolicy } from '../../base/address-guard.ts';
import { KeyServiceError } from './key-service.ts';

/** One request to a key service, or to whoever gives out its tokens. */
export interface ServiceRequest {
  /** How messages call whom we ask. */
  name: string;
  method: 'POST' | 'PUT';
  url: URL;
  headers?: Readonly<Record<string, string>>;
  body: string;
}

/** Asks and gives the answer's JSON. Throws {@link KeyServiceError}, or the signal's reason. */
export type AskService = (request: ServiceRequest, signal: AbortSignal) => Promise<unknown>;

/** How far we go for an answer. */
export interface AskOptions {
  addresses: AddressPolicy;
  timeoutMs?: number;
  maxBytes?: number;
}

/**
 * Asks hosts that tenants' files and Secrets name: only at addresses the policy allows, which are
 * pinned; no redirects, no proxy, bounded in time and size. Nothing of an answer is ever told but
 * its status: it may come from a server that is not meant to be read by way of us.
 */
export function createAskService(options: AskOptions): AskService {
  const { addresses, timeoutMs = 10_000, maxBytes = 64 << 10 } = options;
  return async (request, signal) => {
    const { name, url } = request;
    if (!['http:', 'https:'].includes(url.protocol) || url.username || url.password) {
      throw new KeyServiceError(
        'malformed',
        'the address of a key service is not a plain http URL',
      );
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const pinned = await resolveAllowed(hostOf(url), addresses, limit);
      const response = await send(request, lookupOf(pinned), limit);
      const status = response.statusCode ?? 0;
      if (status !== 200) {
        response.destroy();
        throw new KeyServiceError('refused', `${name} answered ${status}`);
      }
      return JSON.parse(await readText(response, maxBytes));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof KeyServiceError) throw error;
      if (error instanceof AddressError) throw new KeyServiceError('unreachable', error.message);
      if (error instanceof SyntaxError) throw malformed(name);
      const why = limit.aborted ? `did not answer within ${timeoutMs / 1000} s` : codeOf(error);
      throw new KeyServiceError('unreachable', `${name} ${why}`);
    }
  };
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function lookupOf(pinned: readonly string[]): LookupFunction {
  return (_host, { all }, callback) => {
    const found = pinned.map((address) => ({ address, family: isIP(address) }));
    const [first = { address: '', family: 0 }] = found;
    if (all) callback(null, found);
    else callback(null, first.address, first.family);
  };
}

function send(
  { method, url, headers, body }: ServiceRequest,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const bytes = Buffer.from(body);
  const options: RequestOptions = {
    method,
    lookup,
    signal,
    // A connection that outlives its request could be used for another tenant's.
    agent: false,
    headers: { 'content-type': 'application/json', ...headers, 'content-length': bytes.length },
  };
  const start = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    start(url, options, resolve).on('error', reject).end(bytes);
  });
}

async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new SyntaxError('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function malformed(name: string): KeyServiceError {
  return new KeyServiceError('refused', `${name} did not answer as a key service does`);
}

function codeOf(error: unknown): string {
  const code =
    error instanceof Error && 'code' in error ? String(error.code) : 'a broken connection';
  return `is not reachable: ${code.slice(0, 60)}`;
}

/** A text in an answer, by the names that lead to it. Throws {@link KeyServiceError}. */
export function textIn(answer: unknown, path: readonly string[], name: string): string {
  let at = answer;
  for (const step of path) {
    at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined;
  }
  if (typeof at !== 'string' || at === '') throw malformed(name);
  return at;
}
