import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Takes CPU profiles of a running Node process. */
export interface Profiler extends Disposable {
  start(): Promise<void>;
  /** Writes `<folder>/<name>.cpuprofile`. */
  stop(name: string): Promise<void>;
}

/** Where Node listens when SIGUSR1 asks for its inspector. */
const inspector = 'http://127.0.0.1:9229/json/list';

/** Attaches to a Node process by its inspector; the process needs no flags. */
export async function openProfiler(pid: number, folder: string): Promise<Profiler> {
  mkdirSync(folder, { recursive: true });
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await inspectorUrl());
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as {
      id?: number;
      result: Record<string, unknown>;
    };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let last = 0;
  const call = (method: string) =>
    new Promise<Record<string, unknown>>((resolve) => {
      const id = ++last;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method }));
    });
  await call('Profiler.enable');
  return {
    async start() {
      await call('Profiler.start');
    },
    async stop(name) {
      const { profile } = await call('Profiler.stop');
      writeFileSync(path.join(folder, `${name}.cpuprofile`), JSON.stringify(profile));
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

async function inspectorUrl(): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const targets = await fetch(inspector).then(
      (answer) => answer.json() as Promise<{ webSocketDebuggerUrl: string }[]>,
      () => [],
    );
    if (targets[0]) return targets[0].webSocketDebuggerUrl;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the manager does not open its inspector on port 9229');
}
