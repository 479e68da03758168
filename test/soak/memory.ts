import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { openInspector, type Inspector } from '../support/inspector.ts';

/** Memory of a Node process right after a full garbage collection. */
export interface MemorySample {
  /** Since the first sample. */
  minutes: number;
  residentMb: number;
  heapMb: number;
}

/** Takes samples of one process, over its inspector. */
export interface MemoryProbe extends Disposable {
  sample(): Promise<MemorySample>;
  /** Writes a heap snapshot, which takes seconds in which the process does nothing else. */
  writeSnapshot(file: string): Promise<void>;
}

/** Attaches to a process that was started with `--inspect=127.0.0.1:<port>`. */
export async function openMemoryProbe(pid: number, port: number): Promise<MemoryProbe> {
  const inspector = await openInspector(port);
  const began = performance.now();
  return {
    async sample() {
      await collectGarbage(inspector);
      const usage = (await inspector.call('Runtime.getHeapUsage')) as { usedSize: number };
      const minutes = (performance.now() - began) / 60_000;
      return { minutes, residentMb: residentMbOf(pid), heapMb: usage.usedSize / 2 ** 20 };
    },
    async writeSnapshot(file) {
      await collectGarbage(inspector);
      const descriptor = openSync(file, 'w');
      inspector.on('HeapProfiler.addHeapSnapshotChunk', (params) => {
        writeSync(descriptor, (params as { chunk: string }).chunk);
      });
      await inspector.call('HeapProfiler.takeHeapSnapshot');
      closeSync(descriptor);
    },
    [Symbol.dispose]: () => inspector[Symbol.dispose](),
  };
}

/** The first frees what finalizers hold back, the second what they held. */
async function collectGarbage(inspector: Inspector): Promise<void> {
  await inspector.call('HeapProfiler.collectGarbage');
  await inspector.call('HeapProfiler.collectGarbage');
}

/** Resident memory by /proc (Linux); 0 when the process is gone. */
function residentMbOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
