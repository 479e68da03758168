import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Ports the kernel does not hand out to outgoing connections on any common system: one given up
 * for a restart of the API server is still free afterwards.
 */
const range = { from: 20_000, until: 30_000 };

/** A port on loopback that nobody listens on; `preferred` if it is free. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(range.from, range.until);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${range.from} and ${range.until}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
