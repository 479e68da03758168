import { spawn } from 'node:child_process';
import path from 'node:path';
import { freePort } from '../../src/engines/plane/free-port.ts';
import { eventually } from './eventually.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** `tenantry proxy` as users start it, in a process of its own. */
export interface ProxyProcess extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly metricsUrl: string;
  /** SIGKILL: no chance to say goodbye. */
  kill(): Promise<void>;
}

/** Starts it and waits until it is ready; rejects with what it said if it ends first. */
export async function startProxyProcess(options: {
  kubeconfig: string;
  namespace: string;
  flags?: readonly string[];
}): Promise<ProxyProcess> {
  const [port, health, metrics] = await Promise.all([freePort(), freePort(), freePort()]);
  const child = spawn(
    path.join(root, 'node_modules/.bin/node'),
    [
      path.join(root, 'src/apps/tenantry.ts'),
      'proxy',
      `--kubeconfig=${options.kubeconfig}`,
      `--namespace=${options.namespace}`,
      '--listening-address=127.0.0.1',
      `--listening-port=${port}`,
      `--health-addr=127.0.0.1:${health}`,
      `--metrics-addr=127.0.0.1:${metrics}`,
      ...(options.flags ?? []),
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-10_000)));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals) => {
    if (!isOver()) child.kill(signal);
    await closed;
  };
  const proxy: ProxyProcess = {
    pid: child.pid ?? 0,
    url: `https://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGTERM'),
  };
  try {
    await eventually('the proxy is ready', async () => {
      if (isOver()) return 'over' as const;
      return (await fetch(`http://127.0.0.1:${health}/readyz`)).ok;
    });
    if (isOver()) throw new Error('the proxy ended');
    return proxy;
  } catch (error) {
    await proxy.kill();
    throw new Error(`the proxy does not serve: ${said}`, { cause: error });
  }
}
