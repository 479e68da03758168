import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { openInspector } from '../test/support/inspector.ts';

/** Takes CPU profiles of a running Node process. */
export interface Profiler extends Disposable {
  start(): Promise<void>;
  /** Writes `<folder>/<name>.cpuprofile`. */
  stop(name: string): Promise<void>;
}

/** Where Node listens when SIGUSR1 asks for its inspector. */
const inspectorPort = 9229;

/** Attaches to a Node process by its inspector; the process needs no flags, the folder exists. */
export async function openProfiler(pid: number, folder: string): Promise<Profiler> {
  process.kill(pid, 'SIGUSR1');
  const inspector = await openInspector(inspectorPort);
  await inspector.call('Profiler.enable');
  return {
    async start() {
      await inspector.call('Profiler.start');
    },
    async stop(name) {
      const { profile } = (await inspector.call('Profiler.stop')) as { profile: object };
      writeFileSync(path.join(folder, `${name}.cpuprofile`), JSON.stringify(profile));
    },
    [Symbol.dispose]: () => inspector[Symbol.dispose](),
  };
}
