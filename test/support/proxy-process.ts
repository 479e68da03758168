import { proxyMemory } from '../../src/api/install/proxy-memory.ts';
import { freePort } from '../../src/engines/plane/free-port.ts';
import { spawnTenantry, untilReady, type TenantryProcess } from './tenantry-process.ts';

/** `tenantry proxy` as its manifest starts it. */
export interface ProxyProcess extends TenantryProcess, AsyncDisposable {
  readonly url: string;
  readonly metricsUrl: string;
}

/** Starts it and waits until it is ready; rejects with what it said if it ends first. */
export async function startProxyProcess(options: {
  kubeconfig: string;
  namespace: string;
  flags?: readonly string[];
  /** Where it listens; anywhere if absent. */
  port?: number | undefined;
  /** Where its log lines are kept. */
  logFile?: string | undefined;
  signal?: AbortSignal | undefined;
  checkout?: string | undefined;
}): Promise<ProxyProcess> {
  const { kubeconfig, namespace, flags = [], logFile, signal, checkout } = options;
  const [port, health, metrics] = await Promise.all([
    options.port ?? freePort(),
    freePort(),
    freePort(),
  ]);
  const args = [
    'proxy',
    `--kubeconfig=${kubeconfig}`,
    `--namespace=${namespace}`,
    '--listening-address=127.0.0.1',
    `--listening-port=${port}`,
    `--health-addr=127.0.0.1:${health}`,
    `--metrics-addr=127.0.0.1:${metrics}`,
    ...flags,
  ];
  const healthUrl = `http://127.0.0.1:${health}`;
  const running = spawnTenantry({
    name: 'the proxy',
    args,
    env: proxyMemory,
    healthUrl,
    logFile,
    signal,
    checkout,
  });
  await untilReady(running);
  return Object.assign(running, {
    url: `https://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    [Symbol.asyncDispose]: () => running.stop(),
  });
}
