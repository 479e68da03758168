import { randomInt } from 'node:crypto';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

/**
 * Ports the kernel does not hand out to outgoing connections on any common system: one given up
 * for a restart of the API server is still free afterwards.
 */
const range = { from: 20_000, until: 30_000 };

/** Until whoever was given a port listens on it, nobody else is given it, in whatever process. */
const reservedMs = 60_000;
/** The folder in which they are told of one another. */
export const reservations = path.join(tmpdir(), `tenantry-ports-${userInfo().uid}`);

/** A port on loopback that nobody listens on, or is about to; `preferred` if nobody listens there. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(range.from, range.until);
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${range.from} and ${range.until}`);
}

/** Leaves a file for the port, so that of several that ask at the same moment one gets it. */
async function reserve(port: number): Promise<boolean> {
  const file = path.join(reservations, String(port));
  try {
    await mkdir(reservations, { recursive: true, mode: 0o700 });
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => reservedMs,
    );
    if (age < reservedMs) return false;
    await rm(file, { force: true });
    await writeFile(file, '', { flag: 'wx' });
    return true;
  } catch (error) {
    // Where nothing can be written, chance has to do.
    return (error as NodeJS.ErrnoException).code !== 'EEXIST';
  }
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
