import { createServer, connect as connectTcp } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Duplex } from 'node:stream';
import { once } from 'node:events';
import type { GitProxy } from './git-auth.ts';
import { GitError } from './git-error.ts';
import { proxyUrl } from './proxy-url.ts';
import { connectThroughHttp, connectThroughSocks } from './proxy-handshake.ts';

/** A port on this host whose every connection comes out at the other side of the proxy. */
export interface ProxyTunnel extends AsyncDisposable {
  address: string;
  port: number;
}

/**
 * Lets ssh use a proxy without `ProxyCommand`, which it would run through a shell. Listens on
 * loopback for the time of one operation and reaches only the given host and port.
 */
export async function openProxyTunnel(
  proxy: GitProxy,
  target: { host: string; port: number },
  signal: AbortSignal,
): Promise<ProxyTunnel> {
  const url = proxyUrl(proxy);
  const open = new Set<Duplex>();
  const server = createServer({ allowHalfOpen: true }, (local) => {
    open.add(local);
    connectThrough(url, target)
      .then((remote) => {
        open.add(remote);
        join(local, remote);
      })
      // ssh reports a closed connection; the reason stays in the message of the handshake.
      .catch((error: unknown) => local.destroy(error as Error));
    local.on('error', () => local.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening', { signal });
  const { address, port } = server.address() as AddressInfo;
  return {
    address,
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function connectThrough(proxy: URL, target: { host: string; port: number }): Promise<Duplex> {
  const host = proxy.hostname.replace(/^\[(.*)\]$/, '$1');
  const defaultPort = { 'https:': 443, 'http:': 80 }[proxy.protocol] ?? 1080;
  const port = Number(proxy.port) || defaultPort;
  const socket: Socket =
    proxy.protocol === 'https:'
      ? connectTls({ host, port, servername: host })
      : connectTcp({ host, port, allowHalfOpen: true });
  try {
    await once(socket, proxy.protocol === 'https:' ? 'secureConnect' : 'connect');
    const credentials = {
      username: decodeURIComponent(proxy.username),
      password: decodeURIComponent(proxy.password),
    };
    const handshake = proxy.protocol === 'socks5h:' ? connectThroughSocks : connectThroughHttp;
    await handshake(socket, target, credentials);
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new GitError('unreachable', 'the proxy does not connect to the repository', { cause });
  }
}

function join(local: Duplex, remote: Duplex): void {
  const end = () => {
    local.destroy();
    remote.destroy();
  };
  remote.on('error', end).on('close', end);
  local.on('close', end);
  local.pipe(remote);
  remote.pipe(local);
}
