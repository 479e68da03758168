import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { PassThrough, Transform } from 'node:stream';
import { gitServerEnvironment } from './git-server-repository.ts';

/** What a client asked for, in the protocol's words. */
export type GitOperation = 'info-refs' | 'ls-refs' | 'fetch' | 'receive-pack' | 'other';

/** One request as the server saw it. */
export interface GitServerRequest {
  repository: string;
  operation: GitOperation;
  /** The Authorization header, verbatim. */
  authorization: string | undefined;
  headers: IncomingMessage['headers'];
  url: string;
}

/** What goes wrong, for the operations in `on` (all when absent), until changed. */
export type GitFault = { on?: readonly GitOperation[] } & (
  | { kind: 'stall' }
  | { kind: 'status'; status: number }
  | { kind: 'truncate'; afterBytes: number }
  | { kind: 'redirect'; to: string }
);

/** Streams a request through `git http-backend`, the CGI every smart HTTP server is modelled on. */
export async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  site: { root: string; truncateAfter?: number | undefined; body: PassThrough },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...gitServerEnvironment(),
      GIT_PROJECT_ROOT: site.root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_USER: 'client',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  backend.stdin.on('error', () => {});
  site.body.pipe(backend.stdin);
  response.on('close', () => backend.kill());

  const limit = truncation(site.truncateAfter, () => response.destroy());
  const body = await readCgiHeaders(backend.stdout, response);
  response.on('error', () => {});
  body.pipe(limit).pipe(response);
}

/** Sends on what CGI says before the blank line; resolves with the stream of what comes after. */
function readCgiHeaders(
  stdout: NodeJS.ReadableStream,
  response: ServerResponse,
): Promise<PassThrough> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const body = new PassThrough();
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      stdout.off('data', onData);
      let status = 200;
      for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
        const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
        if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.writeHead(status);
      body.write(head.subarray(end + 4));
      stdout.pipe(body);
      resolve(body);
    };
    stdout.on('data', onData);
    stdout.on('error', reject);
    stdout.on('end', () => {
      if (response.headersSent) return;
      response.writeHead(500).end();
      reject(new Error('git http-backend said nothing'));
    });
  });
}

function truncation(afterBytes: number | undefined, cut: () => void): Transform {
  let left = afterBytes ?? Number.POSITIVE_INFINITY;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      this.push(part);
      if (left <= 0) setImmediate(cut);
      done();
    },
  });
}

/**
 * Reads as much of the request as tells which operation it is, and gives the body back whole.
 * Protocol v2 says it in the first pkt-line of the POST; anything older is a fetch.
 */
export async function readOperation(
  request: IncomingMessage,
): Promise<{ operation: GitOperation; body: PassThrough }> {
  const body = new PassThrough();
  const url = request.url ?? '';
  if (request.method !== 'POST') {
    request.pipe(body);
    return { operation: url.includes('/info/refs') ? 'info-refs' : 'other', body };
  }
  const first = await new Promise<Buffer>((resolve) => {
    request.once('data', (chunk: Buffer) => {
      request.pause();
      resolve(chunk);
    });
    request.once('end', () => resolve(Buffer.alloc(0)));
  });
  body.write(first);
  request.pipe(body);
  if (url.endsWith('/git-receive-pack')) return { operation: 'receive-pack', body };
  const zipped = request.headers['content-encoding'] === 'gzip';
  const text = (zipped ? await gunzipStart(first) : first).toString('latin1');
  return { operation: text.includes('command=ls-refs') ? 'ls-refs' : 'fetch', body };
}

/** Whatever the beginning of a gzip stream unpacks to. */
function gunzipStart(start: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const out: Buffer[] = [];
    const gunzip = createGunzip({ finishFlush: 2 });
    gunzip.on('data', (chunk: Buffer) => out.push(chunk));
    gunzip.on('error', () => resolve(Buffer.concat(out)));
    gunzip.on('end', () => resolve(Buffer.concat(out)));
    gunzip.end(start);
  });
}
