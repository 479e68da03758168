import path from 'node:path';
import { openMemoryProbe, type MemorySample } from './memory.ts';
import type { World } from './world.ts';

const everyMs = 60_000;

/** Samples of the running manager's memory, one a minute, whatever happens meanwhile. */
export interface MemoryWatch {
  /** Takes the last sample and lets go of the process, which does not end while it is inspected. */
  end(): Promise<MemorySample[]>;
}

/** Begins to watch the memory of the world's manager. */
export async function watchMemory(world: World): Promise<MemoryWatch> {
  const { manager, inspectorPort, options, say } = world;
  const probe = await openMemoryProbe(manager.pid, inspectorPort);
  const samples: MemorySample[] = [];
  const take = async () => {
    const sample = await probe.sample();
    samples.push(sample);
    const { minutes, residentMb, heapMb } = sample;
    const at = `${minutes.toFixed(1)} min`;
    say(`  ${at}: ${residentMb.toFixed(0)} MB resident, ${heapMb.toFixed(1)} MB heap`);
  };
  const snapshot = async (name: string) => {
    const { keep, snapshots } = options;
    if (snapshots && keep !== undefined) await probe.writeSnapshot(path.join(keep, name));
  };
  await snapshot('first.heapsnapshot');
  await take();
  let taking = Promise.resolve();
  const timer = setInterval(() => {
    taking = taking.then(take);
  }, everyMs);
  return {
    async end() {
      clearInterval(timer);
      await taking;
      await take();
      await snapshot('last.heapsnapshot');
      probe[Symbol.dispose]();
      return samples;
    },
  };
}
