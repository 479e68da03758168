import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { encodeBasic } from './git-auth.ts';

interface Target {
  host: string;
  port: number;
}

interface Credentials {
  username: string;
  password: string;
}

const maxAnswerBytes = 8192;

/** Asks an HTTP proxy for a tunnel (RFC 9110, CONNECT). Throws when it refuses. */
export async function connectThroughHttp(
  socket: Duplex,
  { host, port }: Target,
  credentials: Credentials,
): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const authorization = credentials.username
    ? `Proxy-Authorization: Basic ${encodeBasic(credentials)}\r\n`
    : '';
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`);
  const answer = await readUntil(socket, (bytes) => {
    const end = bytes.indexOf('\r\n\r\n');
    return end < 0 ? undefined : end + 4;
  });
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(answer.toString('latin1')) ?? [];
  if (status === undefined || !status.startsWith('2')) {
    throw new Error(`the proxy answered ${status ?? 'something else than HTTP'}`);
  }
}

const userPassword = 2;

/** Asks a SOCKS5 proxy for a connection (RFC 1928, with RFC 1929 credentials). */
export async function connectThroughSocks(
  socket: Duplex,
  { host, port }: Target,
  credentials: Credentials,
): Promise<void> {
  const method = credentials.username ? userPassword : 0;
  socket.write(Buffer.from([5, 1, method]));
  const chosen = await readUntil(socket, exactly(2));
  if (chosen[1] !== method) throw new Error('the proxy wants another kind of credentials');
  if (method === userPassword) {
    const { username, password } = credentials;
    socket.write(Buffer.concat([Buffer.from([1]), counted(username), counted(password)]));
    const accepted = await readUntil(socket, exactly(2));
    if (accepted[1] !== 0) throw new Error('the proxy refused the credentials');
  }
  const portBytes = Buffer.from([port >> 8, port & 0xff]);
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3]), counted(host), portBytes]));
  const answer = await readUntil(socket, socksAnswerLength);
  if (answer[1] !== 0) throw new Error(`the proxy cannot connect: code ${answer[1]}`);
}

/** The answer ends with the bound address, whose length depends on its type. */
function socksAnswerLength(bytes: Buffer): number | undefined {
  if (bytes.length < 5) return undefined;
  const type = bytes[3];
  const address = type === 1 ? 4 : type === 4 ? 16 : 1 + (bytes[4] ?? 0);
  return exactly(4 + address + 2)(bytes);
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new Error('a name for the proxy is longer than 255 bytes');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function exactly(length: number): (bytes: Buffer) => number | undefined {
  return (bytes) => (bytes.length < length ? undefined : length);
}

/** Reads until `lengthOf` knows how long the answer is; what came after it stays in the stream. */
function readUntil(
  socket: Duplex,
  lengthOf: (bytes: Buffer) => number | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const stop = () => {
      socket.off('readable', onReadable).off('end', onEnd).off('error', reject);
    };
    const onEnd = () => {
      stop();
      reject(new Error('the proxy closed the connection'));
    };
    const onReadable = () => {
      for (let chunk = readChunk(socket); chunk; chunk = readChunk(socket)) {
        bytes = Buffer.concat([bytes, chunk]);
      }
      const length = lengthOf(bytes);
      if (length === undefined && bytes.length < maxAnswerBytes) return;
      stop();
      if (length === undefined) return reject(new Error('the proxy says too much'));
      if (bytes.length > length) socket.unshift(bytes.subarray(length));
      resolve(bytes.subarray(0, length));
    };
    socket.on('readable', onReadable).on('end', onEnd).on('error', reject);
  });
}

function readChunk(socket: Duplex): Buffer | null {
  return socket.read() as Buffer | null;
}
