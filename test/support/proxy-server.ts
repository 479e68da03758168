import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A forward proxy on 127.0.0.1 that really connects, and remembers what it was asked for. */
export interface ProxyServer extends AsyncDisposable {
  readonly url: string;
  /** `host:port` of each tunnel or request, in order. */
  readonly targets: string[];
  /** `user:password` clients presented; empty text for none. */
  readonly credentials: string[];
  stop(): Promise<void>;
}

export interface ProxyServerOptions {
  protocol: 'http' | 'socks5';
  /** `user:password` clients must present. */
  require?: string;
}

interface Record {
  targets: string[];
  credentials: string[];
  require: string | undefined;
}

export async function startProxyServer(options: ProxyServerOptions): Promise<ProxyServer> {
  const record: Record = { targets: [], credentials: [], require: options.require };
  const sockets = new Set<Socket>();
  const serve = options.protocol === 'http' ? serveHttp : serveSocks;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    serve(client, record).catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `${options.protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets: record.targets,
    credentials: record.credentials,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function serveHttp(client: Socket, record: Record): Promise<void> {
  let head = '';
  let rest: Buffer = Buffer.alloc(0);
  while (!head) {
    const [chunk] = (await once(client, 'data')) as [Buffer];
    rest = Buffer.concat([rest, chunk]);
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) continue;
    head = rest.subarray(0, end).toString('latin1');
    client.pause();
  }
  const [, method = '', target = ''] = /^(\w+) (\S+)/.exec(head) ?? [];
  const [, encoded = ''] = /^proxy-authorization: basic (\S+)/im.exec(head) ?? [];
  const presented = Buffer.from(encoded, 'base64').toString();
  record.credentials.push(presented);
  if (record.require !== undefined && presented !== record.require) {
    client.end(
      'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="p"\r\nContent-Length: 0\r\n\r\n',
    );
    return;
  }
  const authority = method === 'CONNECT' ? target : new URL(target).host;
  record.targets.push(authority);
  const upstream = await open(authority);
  if (method === 'CONNECT') {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.write(rest.subarray(rest.indexOf('\r\n\r\n') + 4));
  } else {
    // One request per connection, so that the target is written down each time.
    const plain = rest.toString('latin1').replace(`http://${authority}`, '');
    upstream.write(Buffer.from(plain.replace('\r\n', '\r\nConnection: close\r\n'), 'latin1'));
  }
  join(client, upstream);
}

async function serveSocks(client: Socket, record: Record): Promise<void> {
  const read = async () => ((await once(client, 'data')) as [Buffer])[0];
  const hello = await read();
  const wanted = record.require === undefined ? 0 : 2;
  if (!hello.subarray(2).includes(wanted)) {
    client.end(Buffer.from([5, 0xff]));
    return;
  }
  client.write(Buffer.from([5, wanted]));
  if (wanted === 2) {
    const message = await read();
    const userEnd = 2 + (message[1] ?? 0);
    const user = message.subarray(2, userEnd).toString();
    const presented = `${user}:${message.subarray(userEnd + 1).toString()}`;
    record.credentials.push(presented);
    const isRight = presented === record.require;
    client.write(Buffer.from([1, isRight ? 0 : 1]));
    if (!isRight) return void client.end();
  }
  const request = await read();
  const length = request[4] ?? 0;
  const isName = request[3] === 3;
  const host = isName
    ? request.subarray(5, 5 + length).toString()
    : request.subarray(4, 8).join('.');
  const port = request.readUInt16BE(request.length - 2);
  record.targets.push(`${host}:${port}`);
  const upstream = await open(`${host}:${port}`);
  client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
  join(client, upstream);
}

/** Any name leads to this machine, so that tests can use names that do not exist. */
async function open(authority: string): Promise<Socket> {
  const port = Number(authority.split(':').at(-1));
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

function join(left: Socket, right: Socket): void {
  right.on('error', () => left.destroy());
  left.on('close', () => right.destroy());
  left.pipe(right);
  right.pipe(left);
}
