import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { proxyName } from '../../src/api/install/proxy.ts';
import type { Plane } from '../../src/engines/plane/plane.ts';
import { secretType } from '../../src/kube/core-resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { home } from './estate-objects.ts';
import { managerKubeconfig } from './install.ts';
import { startProxyProcess, type ProxyProcess } from './proxy-process.ts';

/** The proxy of an exported installation, and how tenants reach it. */
export interface EstateProxy extends ProxyProcess {
  /** PEM of the authority of its certificate, which it made for itself. */
  readonly caPem: string;
  /** A kubeconfig that leads through it. */
  kubeconfig(token: string): string;
}

/** Starts it as the account of the exported installation. */
export async function startEstateProxy({
  plane,
  admin,
  ...more
}: {
  plane: Plane;
  admin: KubeClient;
  logFile?: string;
  signal?: AbortSignal;
  checkout?: string;
  /** Where it listens; anywhere if absent. */
  port?: number;
}): Promise<EstateProxy> {
  const proxy = await startProxyProcess({
    kubeconfig: await managerKubeconfig(plane, proxyName),
    namespace: home,
    flags: ['--client-connection-qps=-1'],
    logFile: more.logFile,
    signal: more.signal,
    checkout: more.checkout,
    port: more.port,
  });
  const key = { namespace: home, name: proxyName };
  const { data } = await admin.get<KubeObject & { data: { ca: string } }>(secretType, key);
  return Object.assign(proxy, {
    caPem: Buffer.from(data.ca, 'base64').toString(),
    kubeconfig: (token: string) => kubeconfigOf(proxy.url, data.ca, token),
  });
}

function kubeconfigOf(server: string, ca: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: 'caller', user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'caller' } }],
    'current-context': 'proxy',
  });
}

/** A file for kubectl, and its end. */
export async function asFile(text: string): Promise<{ file: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tenantry-kubeconfig-'));
  const file = path.join(folder, 'config');
  await writeFile(file, text, { mode: 0o600 });
  return {
    file,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
