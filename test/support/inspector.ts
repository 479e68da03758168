/** A Node process that is being inspected, over the DevTools protocol. */
export interface Inspector extends Disposable {
  /** Calls a method of the protocol, such as `Profiler.start`; its result is as the protocol says. */
  call(method: string): Promise<object>;
  /** Hands over the parameters of every notification of that name. */
  on(method: string, listener: (params: object) => void): void;
}

interface Message {
  id?: number;
  result?: object;
  method?: string;
  params?: object;
}

/** Attaches to the inspector at `127.0.0.1:<port>`, which may take up to five seconds to listen. */
export async function openInspector(port: number): Promise<Inspector> {
  const socket = new WebSocket(await targetUrl(port));
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const waiting = new Map<number, (result: object) => void>();
  const listeners = new Map<string, (params: object) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result = {}, method = '', params = {} } = JSON.parse(String(data)) as Message;
    if (id === undefined) return listeners.get(method)?.(params);
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  let last = 0;
  return {
    call: (method) =>
      new Promise((resolve) => {
        const id = ++last;
        waiting.set(id, resolve);
        socket.send(JSON.stringify({ id, method }));
      }),
    on: (method, listener) => void listeners.set(method, listener),
    [Symbol.dispose]: () => socket.close(),
  };
}

async function targetUrl(port: number): Promise<string> {
  for (let tries = 0; tries < 50; tries++) {
    const targets = await fetch(`http://127.0.0.1:${port}/json/list`).then(
      (answer) => answer.json() as Promise<{ webSocketDebuggerUrl: string }[]>,
      () => [],
    );
    if (targets[0]) return targets[0].webSocketDebuggerUrl;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the process does not open its inspector on port ${port}`);
}
