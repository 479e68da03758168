import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Plane } from '../src/engines/plane/plane.ts';

/** Seconds of one profile: a phase is profiled in pieces of it, because nobody knows how long it takes. */
const pieceSeconds = 2;
const maxBytes = 64 * 1024 * 1024;

/**
 * Profiles the API server of a plane that was started with `profiling` until the returned function is
 * called: `<folder>/<name>.<n>.pprof`, which `go tool pprof` adds up when it is given all of them.
 */
export function profilePlane(plane: Plane, folder: string, name: string): () => Promise<void> {
  const over = new AbortController();
  const { file, prefix } = plane.kubectl;
  const read = [...prefix, '--kubeconfig', plane.kubeconfig, 'get', '--raw'];
  const take = async (): Promise<void> => {
    for (let piece = 1; !over.signal.aborted; piece++) {
      const url = `/debug/pprof/profile?seconds=${pieceSeconds}`;
      const options = { encoding: 'buffer', maxBuffer: maxBytes } as const;
      const { stdout } = await promisify(execFile)(file, [...read, url], options);
      await writeFile(path.join(folder, `${name}.${piece}.pprof`), stdout);
    }
  };
  const taken = take();
  return async () => {
    over.abort();
    await taken;
  };
}
