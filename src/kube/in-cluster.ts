import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { withAuthorityFile } from './authority-file.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { KubeconfigError } from './kubeconfig-document.ts';
import { fileToken } from './token-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the kubelet mounts a pod's ServiceAccount. */
const defaultFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** True in a pod with a ServiceAccount token. */
export function isInCluster(env: Environment, folder = defaultFolder): boolean {
  return Boolean(env['KUBERNETES_SERVICE_HOST']) && existsSync(path.join(folder, 'token'));
}

/** The API server as a pod reaches it, as the pod's ServiceAccount. @throws KubeconfigError Unreadable */
export async function inClusterConfig(options: {
  env: Environment;
  clock: Clock;
  folder?: string;
}): Promise<ClusterConfig> {
  const { env, clock, folder = defaultFolder } = options;
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (host === undefined || host === '') {
    throw new KubeconfigError('Unreadable', 'not in a cluster: KUBERNETES_SERVICE_HOST is not set');
  }
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const read = async (name: string) => {
    const file = path.join(folder, name);
    return await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new KubeconfigError('Unreadable', `cannot read ${file}`, { cause });
    });
  };
  const ca = await read('ca.crt');
  const token = fileToken(path.join(folder, 'token'), { clock });
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    ca,
    namespace: (await read('namespace').catch(() => '')).trim() || 'default',
    credentials: withAuthorityFile(token, { file: path.join(folder, 'ca.crt'), ca, clock }),
  };
}
