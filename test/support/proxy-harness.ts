import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseProxyFlags } from '../../src/apps/proxy/flags.ts';
import { proxyOptions } from '../../src/apps/proxy/options.ts';
import { startProxy, type RunningProxy } from '../../src/apps/proxy/start-proxy.ts';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { ProxyFlags } from '../../src/apps/proxy/flags.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { defaultInstallOptions } from '../../src/api/install/options.ts';
import { proxyManifests, proxyName } from '../../src/api/install/proxy.ts';
import { apply, clusterContext, freshName, freshNamespace, kubectlOk } from './cluster.ts';
import type { ClusterContext } from './plane-setup.ts';

/** The proxy in this process, in front of a real API server. */
export interface ProxyHarness extends AsyncDisposable {
  proxy: RunningProxy;
  /** With a host that clients may use. */
  url: string;
  port: number;
  caPem: string;
  /** Lines of its log so far. */
  lines: string[];
  /** Path of a kubeconfig that goes through the proxy with this token. */
  kubeconfigFor(token: string): Promise<string>;
}

/** Flags as a user types them. */
export async function proxyFlags(...argv: string[]): Promise<ProxyFlags> {
  let flags: ProxyFlags | undefined;
  let err = '';
  const command = {
    name: 'proxy',
    summary: 'proxy',
    options: [...proxyOptions],
    run: ({ options }: { options: Parameters<typeof parseProxyFlags>[0] }) => {
      flags = parseProxyFlags(options);
      return Promise.resolve(undefined);
    },
  };
  const terminal = {
    out: () => {},
    err: (text: string) => void (err += text),
    signal: new AbortController().signal,
  };
  await runProgram([command], ['proxy', ...argv], terminal, '0');
  if (!flags) throw new Error(err);
  return flags;
}

/**
 * Starts it with the account and the rights that an installation gives it, in a namespace of its own;
 * more flags as a user types them.
 */
export async function startProxyHarness(
  argv: readonly string[] = [],
  cluster: Pick<ClusterContext, 'kubeconfig' | 'kubectl'> = clusterContext(),
): Promise<ProxyHarness> {
  const lines: string[] = [];
  const folder = await mkdtemp(path.join(tmpdir(), 'tenantry-proxy-'));
  const namespace = await freshNamespace('proxy', { cluster });
  const flags = await proxyFlags(
    `--kubeconfig=${await installedAccount(namespace, folder, cluster)}`,
    `--namespace=${namespace}`,
    '--listening-address=127.0.0.1',
    '--listening-port=0',
    '--client-connection-qps=-1',
    ...argv,
  );
  const log = createLog({ level: 'debug', write: (line) => void lines.push(line) });
  const proxy = await startProxy(flags, { metrics: createMetrics(), log });
  const caPem = proxy.caPem() ?? '';
  return {
    proxy,
    url: proxy.url,
    port: Number(new URL(proxy.url).port),
    caPem,
    lines,
    async kubeconfigFor(token) {
      const file = path.join(folder, freshName('kubeconfig'));
      await writeFile(file, JSON.stringify(kubeconfigOf(proxy.url, caPem, token)), { mode: 0o600 });
      return file;
    },
    async [Symbol.asyncDispose]() {
      await proxy.end(0);
      await proxy[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Installs all but the Deployment in that namespace; path of a kubeconfig with its account. */
export async function installedAccount(
  namespace: string,
  folder: string,
  cluster: Pick<ClusterContext, 'kubeconfig' | 'kubectl'> = clusterContext(),
): Promise<string> {
  const objects = proxyManifests({ ...defaultInstallOptions, namespace });
  await apply(
    objects.filter(({ kind }) => kind !== 'Deployment'),
    { cluster },
  );
  const create = ['-n', namespace, 'create', 'token', proxyName, '--duration=4h'];
  const token = (await kubectlOk(create, { cluster })).trim();
  const { server, ca } = await loadKubeconfig({ paths: [cluster.kubeconfig] });
  const file = path.join(folder, 'proxy');
  await writeFile(file, JSON.stringify(kubeconfigOf(server, ca ?? '', token)), { mode: 0o600 });
  return file;
}

/** A kubeconfig with a token. */
export function kubeconfigOf(server: string, caPem: string, token: string): object {
  const ca = Buffer.from(caPem).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: 'caller', user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'caller' } }],
    'current-context': 'proxy',
  };
}

/** A ServiceAccount with a ClusterRole in its namespace, and a token of it for the API server. */
export async function freshAccount(
  namespace: string,
  clusterRole = 'admin',
): Promise<{ name: string; user: string; token: string }> {
  const name = freshName('account');
  await kubectlOk(['-n', namespace, 'create', 'serviceaccount', name]);
  const to = [`--clusterrole=${clusterRole}`, `--serviceaccount=${namespace}:${name}`];
  await kubectlOk(['-n', namespace, 'create', 'rolebinding', name, ...to]);
  const token = (await kubectlOk(['-n', namespace, 'create', 'token', name])).trim();
  return { name, user: `system:serviceaccount:${namespace}:${name}`, token };
}
