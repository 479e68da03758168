import { once } from 'node:events';
import http2, {
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueServer } from '../../src/base/certificate.ts';

/** A server in the place of an API server that speaks HTTP/2, and notes what reaches it. */
export interface Http2Upstream extends AsyncDisposable {
  url: string;
  caPem: string;
  /** One for each connection so far. */
  sessions: ServerHttp2Session[];
  /** Open streams by their paths, with the headers they came with. */
  streams: Map<string, { stream: ServerHttp2Stream; rawHeaders: string[] }>;
}

export async function startHttp2Upstream(
  options: http2.SecureServerOptions = {},
  onStream = (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.write('begun\n');
  },
): Promise<Http2Upstream> {
  const authority = createAuthority('upstream');
  const { certPem: cert, keyPem: key } = issueServer(authority, ['127.0.0.1']);
  const server = http2.createSecureServer({ cert, key, ...options });
  const upstream: Http2Upstream = {
    url: '',
    caPem: authority.certPem,
    sessions: [],
    streams: new Map(),
    async [Symbol.asyncDispose]() {
      for (const session of upstream.sessions) session.destroy();
      server.close();
      await Promise.resolve();
    },
  };
  server.on('sessionError', () => {});
  server.on('session', (session) => {
    session.on('error', () => {});
    upstream.sessions.push(session);
  });
  const record = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    _: number,
    rawHeaders: string[],
  ) => {
    stream.on('error', () => {});
    const path = headers[':path'] ?? '';
    upstream.streams.set(path, { stream, rawHeaders });
    stream.once('close', () => upstream.streams.delete(path));
    onStream(stream);
  };
  server.on('stream', record);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has such an address.
  upstream.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return upstream;
}
