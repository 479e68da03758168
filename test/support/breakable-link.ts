import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP hop between a client and a server that a test can break. */
export interface BreakableLink extends AsyncDisposable {
  /** The server's URL with this hop's port. */
  url: string;
  /** Ends all connections; new ones work. */
  cut(): void;
  /** Ends all connections and refuses new ones until {@link BreakableLink.mend}. */
  block(): void;
  /** Leaves connections open but carries no byte any more, as a lost network does. */
  stall(): void;
  mend(): void;
  /** Connections accepted so far. */
  readonly accepted: number;
}

/** Opens a hop on loopback in front of `target`, an http(s) URL. */
export async function openBreakableLink(target: string): Promise<BreakableLink> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let mode: 'open' | 'blocked' | 'stalled' = 'open';
  let accepted = 0;
  const server = createServer((near) => {
    if (mode === 'blocked') return near.destroy();
    accepted++;
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => void (mode === 'stalled' || to.write(chunk)));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    return undefined;
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut,
    block() {
      mode = 'blocked';
      cut();
    },
    stall() {
      mode = 'stalled';
    },
    mend() {
      mode = 'open';
      cut();
    },
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
