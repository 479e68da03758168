import type { KubeObject } from '../../kube/object.ts';
import { installLabels, type InstallOptions } from './options.ts';

/** The namespace of the control plane. Its Pods are held to the strictest Pod Security Standard. */
export function homeNamespace(options: InstallOptions): KubeObject {
  const modes = ['audit', 'enforce', 'warn'].flatMap((mode) => [
    [`pod-security.kubernetes.io/${mode}`, 'restricted'],
    [`pod-security.kubernetes.io/${mode}-version`, 'latest'],
  ]);
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: options.namespace,
      labels: { ...installLabels(options), ...Object.fromEntries(modes) },
    },
  };
}

/** Some clusters admit critical Pods outside kube-system only where a quota names them. */
export function criticalPodsQuota(options: InstallOptions): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: {
      name: 'critical-pods',
      namespace: options.namespace,
      labels: installLabels(options),
    },
    spec: {
      hard: { pods: '1000' },
      scopeSelector: {
        matchExpressions: [
          {
            operator: 'In',
            scopeName: 'PriorityClass',
            values: ['system-node-critical', 'system-cluster-critical'],
          },
        ],
      },
    },
  };
}

/**
 * Nothing gets in but the namespace's own Pods, scrapers to the metrics and callers with a token to
 * the artifacts. Egress is open: Git servers are anywhere, and the program refuses loopback and
 * link-local addresses by itself.
 */
export function networkPolicies(options: InstallOptions): KubeObject[] {
  const policy = (name: string, spec: Record<string, unknown>): KubeObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: options.namespace, labels: installLabels(options) },
    spec: { podSelector: {}, ...spec },
  });
  const fromAnywhere = (port: number) => ({
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port, protocol: 'TCP' }] }],
  });
  const fromAnyAddress = (port: number) => ({
    policyTypes: ['Ingress'],
    ingress: [{ ports: [{ port, protocol: 'TCP' }] }],
  });
  return [
    policy('allow-egress', {
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{}],
    }),
    policy('allow-scraping', fromAnywhere(8080)),
    policy('allow-artifacts', fromAnywhere(9090)),
    // API servers call from outside of the Pod network.
    ...(options.tenancy ? [policy('allow-webhooks', fromAnyAddress(9443))] : []),
    // Tenants are inside and outside of the cluster.
    ...(options.proxy ? [policy('allow-proxy', fromAnyAddress(9001))] : []),
  ];
}
