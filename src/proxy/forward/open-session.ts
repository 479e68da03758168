import { once } from 'node:events';
import http2, { type ClientHttp2Session } from 'node:http2';
import tls from 'node:tls';

/** Where a connection goes, and how long it may be silent. */
export interface SessionOptions {
  /** `https://host:port`. */
  origin: string;
  tls: tls.ConnectionOptions;
  /**
   * The other side is asked this often whether it is there, and has as long to answer: a connection
   * that somebody on the way has forgotten would be silent for ever.
   */
  pingMs: number;
}

const connectMs = 15_000;
/** Of a whole connection; a stream whose client does not read holds back no more than its own. */
const connectionWindowBytes = 1024 * 1024;
const sessionOptions = {
  settings: { enablePush: false, initialWindowSize: 64 * 1024 },
  // What a client said twice goes on as it came, as over HTTP/1.1.
  strictSingleValueFields: false,
};

/**
 * Opens an HTTP/2 connection whose other side has said how many streams it takes. Undefined where
 * HTTP/2 is not offered. It is destroyed, and all its streams with it, when nobody answers any more.
 */
export async function openSession(
  options: SessionOptions,
): Promise<ClientHttp2Session | undefined> {
  const { hostname, port } = new URL(options.origin);
  const socket = tls.connect({
    ...options.tls,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 443),
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  socket.setNoDelay(true);
  const limit = setTimeout(() => socket.destroy(new Error('no connection in time')), connectMs);
  try {
    await once(socket, 'secureConnect');
    if (socket.alpnProtocol === 'h2') return await begun(socket, options);
    socket.destroy();
    return undefined;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

async function begun(
  socket: tls.TLSSocket,
  { origin, pingMs }: SessionOptions,
): Promise<ClientHttp2Session> {
  const session = http2.connect(origin, { createConnection: () => socket, ...sessionOptions });
  await new Promise<void>((resolve, reject) => {
    session.once('remoteSettings', () => resolve());
    // Later on, what becomes of the connection is told to each of its streams.
    session.on('error', reject);
    session.once('close', () => reject(new Error('the connection ended before it began')));
  });
  session.setLocalWindowSize(connectionWindowBytes);
  endWhenSilent(session, pingMs);
  return session;
}

function endWhenSilent(session: ClientHttp2Session, pingMs: number): void {
  let isAnswered = true;
  const timer = setInterval(() => {
    if (session.destroyed) return;
    if (!isAnswered) return session.destroy(new Error('the API server is silent'));
    isAnswered = false;
    session.ping((error) => {
      isAnswered = error === null;
    });
  }, pingMs);
  timer.unref();
  session.once('close', () => clearInterval(timer));
}
