import { freePort } from '../../src/engines/plane/free-port.ts';
import { spawnTenantry, untilReady, type TenantryProcess } from './tenantry-process.ts';

export interface ManagerProcessOptions {
  kubeconfig: string;
  storagePath: string;
  /** More flags of `tenantry manager`. */
  flags?: string[];
  /** A program that becomes the manager, such as one that sets limits first, and its arguments. */
  launcher?: readonly string[];
  /** Where its log lines are kept. */
  logFile?: string;
  signal?: AbortSignal;
  /** Folder of another version's sources, with its packages. */
  checkout?: string;
}

/** `tenantry manager` as users start it. */
export interface ManagerProcess extends TenantryProcess {
  readonly metricsUrl: string;
  readonly healthUrl: string;
  readonly storageAddr: string;
}

/** {@link spawnManager}, and waits until it is ready. */
export async function startManager(options: ManagerProcessOptions): Promise<ManagerProcess> {
  return untilReady(await spawnManager(options));
}

/** Starts a manager and does not wait for it. */
export async function spawnManager(options: ManagerProcessOptions): Promise<ManagerProcess> {
  const [health, metrics, storage] = await Promise.all([freePort(), freePort(), freePort()]);
  const healthUrl = `http://127.0.0.1:${health}`;
  const { launcher, logFile, signal, checkout } = options;
  const args = [
    'manager',
    `--kubeconfig=${options.kubeconfig}`,
    `--storage-path=${options.storagePath}`,
    `--storage-addr=127.0.0.1:${storage}`,
    `--storage-adv-addr=127.0.0.1:${storage}`,
    `--health-addr=127.0.0.1:${health}`,
    `--metrics-addr=127.0.0.1:${metrics}`,
    '--allow-loopback-sources',
    ...(options.flags ?? []),
  ];
  const running = spawnTenantry({
    name: 'the manager',
    args,
    healthUrl,
    launcher,
    logFile,
    signal,
    checkout,
  });
  return Object.assign(running, {
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    healthUrl,
    storageAddr: `127.0.0.1:${storage}`,
  });
}
