import type { KubeObject } from '../../../../kube/object.ts';
import type { World } from '../../world.ts';

interface IngressOptions {
  host?: string;
  ingressClassName?: string;
  /** Has a default backend, too. */
  isForAll?: boolean;
}

/** An Ingress of the attacker's; a harmless one, but for what is said. */
export function ingress(
  { run, attacker: { namespace } }: World,
  { host = `${run}.invalid`, ingressClassName = run, isForAll = false }: IngressOptions,
): KubeObject {
  const backend = { service: { name: 'check', port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'check', namespace },
    spec: {
      ingressClassName,
      ...(isForAll && { defaultBackend: backend }),
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}
