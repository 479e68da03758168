import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import { readCertificateFiles } from '../../runtime/webhook/certificate-files.ts';
import { keepCertificateSecret } from '../../runtime/webhook/certificate-secret.ts';
import type { ServingCertificates } from '../../runtime/webhook/serving-certificates.ts';
import type { ProxyFlags } from './flags.ts';

/** Service by which tenants reach the proxy within the cluster. */
const serviceName = 'capsule-proxy';

/**
 * The certificate that the proxy serves with: from files, or from a Secret that all replicas share and
 * keep. Kubeconfigs of tenants hold the authority from its key `ca`.
 */
export async function proxyCertificates(
  tls: ProxyFlags['tls'],
  options: {
    client: KubeClient;
    clock: Clock;
    log: Log;
    signal: AbortSignal;
    namespace: string;
  },
): Promise<ServingCertificates | undefined> {
  if (!tls) return undefined;
  if ('files' in tls) return await readCertificateFiles({ ...options, files: tls.files });
  const { namespace } = options;
  const host = `${serviceName}.${namespace}`;
  const names = [host, `${host}.svc`, `${host}.svc.cluster.local`, 'localhost', '127.0.0.1'];
  return await keepCertificateSecret({
    ...options,
    secret: { namespace, name: tls.secret },
    caKey: 'ca',
    names: () => [...new Set([serviceName, ...names, ...tls.names])],
  });
}
