import type { KubeObject } from '../../kube/object.ts';
import { installLabels, type InstallOptions } from './options.ts';

/** One port of the Pods of `app`, which they give the same name. */
export interface ServiceFacts {
  name: string;
  app: string;
  port: { name: string; port: number };
}

/** A Service of the control plane, reached from within the cluster. */
export function serviceOf({ name, app, port }: ServiceFacts, options: InstallOptions): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: options.namespace, labels: installLabels(options) },
    spec: {
      type: 'ClusterIP',
      selector: { app },
      ports: [{ ...port, protocol: 'TCP', targetPort: port.name }],
    },
  };
}
