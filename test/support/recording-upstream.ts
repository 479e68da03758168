import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A request as it arrived. */
export interface RecordedRequest {
  method: string;
  target: string;
  /** Names in small letters, in their order; a name may stand more than once. */
  headers: [name: string, value: string][];
  body: string;
}

/** A server in the place of an API server that notes what reaches it, to the byte. */
export interface RecordingUpstream extends AsyncDisposable {
  url: string;
  requests: RecordedRequest[];
  /** Replaces the answer to what comes next: `ok`, unless told otherwise. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** What it does with a request for another protocol: refuses it, unless told otherwise. */
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** Values of a header, in their order. */
export function valuesOf({ headers }: RecordedRequest, name: string): string[] {
  return headers.flatMap(([key, value]) => (key === name ? [value] : []));
}

export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  const server = http.createServer();
  const record = (request: IncomingMessage): RecordedRequest => {
    const { method = '', url: target = '', rawHeaders } = request;
    const headers: [string, string][] = [];
    for (let index = 0; index < rawHeaders.length; index += 2) {
      headers.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']);
    }
    const recorded = { method, target, headers, body: '' };
    upstream.requests.push(recorded);
    return recorded;
  };
  const upstream: RecordingUpstream = {
    url: '',
    requests: [],
    answer: (_, response) => response.end('ok'),
    upgrade: (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await Promise.resolve();
    },
  };
  server.on('request', (request, response) => {
    const recorded = record(request);
    if (request.method === 'POST') {
      text(request).then(
        (body) => {
          recorded.body = body;
          upstream.answer(request, response);
        },
        () => response.destroy(),
      );
    } else upstream.answer(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    record(request);
    socket.on('error', () => socket.destroy());
    upstream.upgrade(request, socket, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has such an address.
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return upstream;
}
