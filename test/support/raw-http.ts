import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** What came back over one connection until the server closed it. */
export interface RawAnswer {
  /** Status codes, in their order. */
  statuses: number[];
  text: string;
}

/** Lines of a request, ended as HTTP ends them. */
export function rawRequest(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const goodbye = rawRequest('GET /_healthz HTTP/1.1', 'Host: x', 'Connection: close');

/**
 * Writes these bytes and then asks for `/_healthz` and the end of the connection: when the answer to
 * that is there, or the server has closed before, everything has become of the bytes that ever will.
 */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  // A connection that is reset has ended too.
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(bytes);
  socket.write(goodbye);
  await closed;
  const text = Buffer.concat(chunks).toString('latin1');
  return {
    statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code)),
    text,
  };
}

/** Connects, writes, and leaves the rest to the caller. */
export async function openRaw(
  port: number,
  bytes: string,
): Promise<{ socket: Socket; seen(): string }> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let seen = '';
  socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
  await once(socket, 'connect');
  socket.write(bytes);
  return { socket, seen: () => seen };
}
