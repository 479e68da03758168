import type { KubeObject } from '../../kube/object.ts';
import { installLabels, managerName, type InstallOptions } from './options.ts';

/** Port numbers of the manager's listeners, by the names the Pod gives them. */
const ports = { http: 9090, 'http-prom': 8080, healthz: 9440 } as const;

const podSelector = { app: managerName };

/** An account without a name on most systems, and never root. */
const unprivilegedId = 65532;

/** Where artifacts are fetched from: `http://tenantry.<namespace>.svc.cluster.local./…`. */
export function artifactService(options: InstallOptions): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: managerName,
      namespace: options.namespace,
      labels: installLabels(options),
    },
    spec: {
      type: 'ClusterIP',
      selector: podSelector,
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
    },
  };
}

/**
 * The manager. One replica, replaced rather than rolled: it is the only writer of its artifact
 * store, which is rebuilt from Git when it is lost.
 */
export function managerDeployment(options: InstallOptions): KubeObject {
  const labels = installLabels(options);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: managerName, namespace: options.namespace, labels },
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: podSelector },
      template: {
        metadata: {
          labels: { ...labels, ...podSelector },
          annotations: { 'prometheus.io/port': '8080', 'prometheus.io/scrape': 'true' },
        },
        spec: podSpec(options),
      },
    },
  };
}

function podSpec(options: InstallOptions): Record<string, unknown> {
  return {
    serviceAccountName: managerName,
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    terminationGracePeriodSeconds: 30,
    securityContext: {
      fsGroup: unprivilegedId,
      runAsGroup: unprivilegedId,
      runAsNonRoot: true,
      runAsUser: unprivilegedId,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(options)],
    volumes: [
      { name: 'data', emptyDir: { sizeLimit: '10Gi' } },
      { name: 'tmp', emptyDir: { sizeLimit: '2Gi' } },
    ],
  };
}

function container(options: InstallOptions): Record<string, unknown> {
  return {
    // `flux logs` reads the container of this name.
    name: 'manager',
    image: options.image,
    imagePullPolicy: 'IfNotPresent',
    // The words are in `command`, so that a patch may put a flag anywhere into `args`.
    command: ['tenantry', 'manager'],
    args: [
      `--security-profile=${options.securityProfile}`,
      '--storage-path=/data',
      `--storage-adv-addr=${managerName}.$(RUNTIME_NAMESPACE).svc.cluster.local.`,
      '--enable-leader-election',
      ...options.managerArgs,
    ],
    env: [
      {
        name: 'RUNTIME_NAMESPACE',
        valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } },
      },
      { name: 'TMPDIR', value: '/tmp' },
    ],
    ports: Object.entries(ports).map(([name, containerPort]) => ({
      name,
      containerPort,
      protocol: 'TCP',
    })),
    livenessProbe: { httpGet: { path: '/healthz', port: 'healthz' } },
    readinessProbe: { httpGet: { path: '/readyz', port: 'healthz' } },
    resources: {
      limits: { cpu: '2', memory: '2Gi' },
      requests: { cpu: '100m', memory: '256Mi' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [
      { name: 'data', mountPath: '/data' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}
