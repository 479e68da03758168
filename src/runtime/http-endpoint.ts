import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of ours that listens. */
export interface Endpoint {
  /** Where it listens, `http://127.0.0.1:9440`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Host and port of a Go-style listen address: `:9440`, `127.0.0.1:9440`, `[::1]:9440`. */
export function parseListenAddress(address: string): { host: string | undefined; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new Error(`invalid listen address '${address}'`);
  return { host: match[1] ?? (match[2] || undefined), port };
}

/** Answers a GET of a path; undefined is 404. */
export type Responder = (
  path: string,
) => Promise<{ status: number; type: string; body: string } | undefined>;

/** Serves small answers to probes and scrapers: GET and HEAD only, and nobody may be slow. */
export async function openEndpoint(address: string, respond: Responder): Promise<Endpoint> {
  const { host, port } = parseListenAddress(address);
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16_384 },
    listenerFor(respond),
  );
  server.maxConnections = 256;
  server.listen({ port, ...(host === undefined ? {} : { host }) });
  await once(server, 'listening');
  return { url: urlOf(server), close: () => close(server) };
}

function listenerFor(respond: Responder): RequestListener {
  return (request, response) => {
    const send = (status: number, type: string, body: string) => {
      response.writeHead(status, {
        'content-type': type,
        'content-length': Buffer.byteLength(body),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const text = (status: number, body: string) => send(status, 'text/plain; charset=utf-8', body);
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      text(405, 'method not allowed\n');
      return;
    }
    const [path = '/'] = (request.url ?? '/').split('?');
    respond(path).then(
      (answer) => {
        if (answer) send(answer.status, answer.type, answer.body);
        else text(404, 'not found\n');
      },
      // What failed is in the log of whoever was asked; a prober learns that it failed.
      () => text(500, 'internal error\n'),
    );
  };
}

function urlOf(server: Server): string {
  // A server that listens on TCP has such an address.
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
