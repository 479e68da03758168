import { readFileSync } from 'node:fs';

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
}

/** Attaches to a process that was started with `--inspect=127.0.0.1:<port>`. */
export async function openMemoryProbe(pid: number, port: number): Promise<MemoryProbe> {
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const waiting = new Map<number, (result: { usedSize?: number }) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id = 0, result } = JSON.parse(String(data)) as { id?: number; result: object };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  let last = 0;
  const call = (method: string) =>
    new Promise<{ usedSize?: number }>((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      socket.send(JSON.stringify({ id: last, method }));
    });
  const began = performance.now();
  return {
    async sample() {
      // The first frees what finalizers hold back, the second what they held.
      await call('HeapProfiler.collectGarbage');
      await call('HeapProfiler.collectGarbage');
      const { usedSize = 0 } = await call('Runtime.getHeapUsage');
      const minutes = (performance.now() - began) / 60_000;
      return { minutes, residentMb: residentMbOf(pid), heapMb: usedSize / 2 ** 20 };
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

/** Resident memory by /proc (Linux); 0 when the process is gone. */
export function residentMbOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Growth per hour of the line through all points, by least squares; 0 for fewer than two. */
export function slopePerHour(points: readonly { minutes: number; mb: number }[]): number {
  const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  if (points.length < 2) return 0;
  const atMinutes = mean(points.map(({ minutes }) => minutes));
  const atMb = mean(points.map(({ mb }) => mb));
  let [above, below] = [0, 0];
  for (const { minutes, mb } of points) {
    above += (minutes - atMinutes) * (mb - atMb);
    below += (minutes - atMinutes) ** 2;
  }
  return below === 0 ? 0 : (above / below) * 60;
}
