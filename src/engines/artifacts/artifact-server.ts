import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../base/log.ts';
import { parseArtifactPath, type ArtifactLocation } from './artifact-path.ts';
import type { ArtifactStore } from './artifact-store.ts';

/** May the bearer of `token` read artifacts of this object? Everything unknown is a no. */
export type AuthorizeArtifact = (
  token: string | undefined,
  owner: ArtifactLocation,
) => Promise<boolean>;

export interface ArtifactServerOptions {
  store: Pick<ArtifactStore, 'open'>;
  /** Undefined: anybody who can connect may read (`--artifact-authorization=false`). */
  authorize: AuthorizeArtifact | undefined;
  log: Log;
}

export interface ArtifactServer {
  /** `host:port` it listens on. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves artifacts over HTTP. With authorisation, a caller that may not read gets the same answer,
 * byte for byte, whether it sent no token, a bad token or a foreign one, and whether the artifact
 * exists or not: 401 with a challenge. 404 is for callers that may read the object.
 * The decision is made before the store is asked anything.
 */
export async function startArtifactServer(
  options: ArtifactServerOptions,
  listen: { host: string | undefined; port: number },
): Promise<ArtifactServer> {
  const server = createServer({ maxHeaderSize: 8192 }, (request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      options.log.error('artifact request failed', error, { path: request.url });
      if (response.headersSent) response.destroy();
      else send(response, 500, 'internal error');
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 30_000;
  await start(server, listen);
  const { address, port } = server.address() as AddressInfo;
  return {
    address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function start(
  server: Server,
  { host, port }: { host: string | undefined; port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** A reader this slow is gone: milliseconds without a byte taken. */
const idleMs = 30_000;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ArtifactServerOptions,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, 405, 'method not allowed');
  }
  const location = parseArtifactPath((request.url ?? '').replace(/^\//, '').replace(/\?.*$/, ''));
  const { authorize } = options;
  if (authorize && !(location && (await authorize(bearerOf(request), location)))) {
    response.setHeader('www-authenticate', 'Bearer realm="artifacts"');
    return send(response, 401, 'unauthorized');
  }
  const found = location && (await openIfPresent(options.store, location));
  if (!found) return send(response, 404, 'not found');
  response.setTimeout(idleMs, () => response.destroy());
  response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': found.size });
  if (request.method === 'HEAD') {
    found.stream.destroy();
    response.end();
    return;
  }
  // A reader that hangs up is no failure of ours.
  await pipeline(found.stream, response).catch((error: unknown) =>
    options.log.debug('artifact reader left', { error }),
  );
}

async function openIfPresent(
  store: Pick<ArtifactStore, 'open'>,
  { kind, namespace, name, file }: ArtifactLocation,
) {
  try {
    return await store.open(`${kind}/${namespace}/${name}/${file}`);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'not-found') return undefined;
    throw error;
  }
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer ([\w.~+/=-]{1,8192})$/i.exec(request.headers.authorization ?? '')?.[1];
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}
