import type { KubeObject } from '../../kube/object.ts';
import { grantedGroup } from './granted-group.ts';
import { clusterName, installLabels, type InstallOptions } from './options.ts';
import { containerPorts, containerSecurity, podSecurity, probes } from './pod.ts';
import { proxyMemory } from './proxy-memory.ts';
import { bindingOf, roleOf, type Grant } from './role.ts';
import { serviceOf } from './service.ts';

/** Deployment, ServiceAccount, Service and Secret of the tenant proxy, as kubeconfigs of tenants know them. */
export const proxyName = 'capsule-proxy';

const ports = { proxy: 9001, 'http-prom': 8080, healthz: 8081 } as const;
const servicePort = { name: 'proxy', port: ports.proxy };

/** What the operations Update and Delete of proxySettings are about. */
const grantable = [
  ['', 'nodes'],
  ['', 'persistentvolumes'],
  ['networking.k8s.io', 'ingressclasses'],
  ['node.k8s.io', 'runtimeclasses'],
  ['scheduling.k8s.io', 'priorityclasses'],
  ['storage.k8s.io', 'storageclasses'],
] as const;

/**
 * What the proxy needs. It is nearly everything to read, and everything by acting as somebody else:
 * that is what a proxy is. So it runs by itself.
 */
export const proxyGrants: readonly Grant[] = [
  {
    why: 'answer lists of what is theirs to tenants, who may not list what is not.',
    apiGroups: ['*'],
    resources: ['*'],
    verbs: ['get', 'list', 'watch'],
  },
  {
    why: 'pass requests on as who sent them.',
    apiGroups: [''],
    resources: ['users', 'groups', 'serviceaccounts'],
    verbs: ['impersonate'],
  },
  {
    why: 'and with all that is known of who sent them: userextras of any key, which RBAC has no pattern for.',
    apiGroups: ['authentication.k8s.io'],
    resources: ['*'],
    verbs: ['impersonate'],
  },
  {
    why: 'find out whose token it is.',
    apiGroups: ['authentication.k8s.io'],
    resources: ['tokenreviews'],
    verbs: ['create'],
  },
  {
    why: 'find out who may act as somebody else, and who may list what.',
    apiGroups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews'],
    verbs: ['create'],
  },
];

/** What callers may change while they are members of the group that the proxy alone gives. */
const grantedGrants: readonly Grant[] = grantable.map(([group, resource]) => ({
  why: 'change one of them as an owner to whom its Tenant grants it (proxySettings).',
  apiGroups: [group],
  resources: [resource],
  verbs: ['update', 'patch', 'delete'],
}));

const homeGrants: readonly Grant[] = [
  {
    why: 'make the certificate that the proxy serves with.',
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['create'],
  },
  {
    why: 'renew the certificate, the same for all replicas.',
    apiGroups: [''],
    resources: ['secrets'],
    resourceNames: [proxyName],
    verbs: ['get', 'list', 'watch', 'update'],
  },
];

/** The tenant proxy: who it is, what it may do, where it is found and what runs. */
export function proxyManifests(options: InstallOptions): KubeObject[] {
  const { namespace } = options;
  const labels = installLabels(options);
  const account = { name: proxyName, namespace };
  const home = { name: proxyName, namespace, labels };
  const role = { name: clusterName(proxyName, options), labels };
  const granted = { name: clusterName(`${proxyName}-granted`, options), labels };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: home },
    roleOf(role, proxyGrants),
    bindingOf(role, { kind: 'ClusterRole', name: role.name }, account),
    roleOf(granted, grantedGrants),
    bindingOf(granted, { kind: 'ClusterRole', name: granted.name }, { group: grantedGroup }),
    roleOf(home, homeGrants),
    bindingOf(home, { kind: 'Role', name: proxyName }, account),
    serviceOf({ name: proxyName, app: proxyName, port: servicePort }, options),
    deployment(options),
  ];
}

/** Two of them, rolled: tenants' clients find the other while one is replaced. */
function deployment(options: InstallOptions): KubeObject {
  const labels = installLabels(options);
  const podSelector = { app: proxyName };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: proxyName, namespace: options.namespace, labels },
    spec: {
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
      selector: { matchLabels: podSelector },
      template: {
        metadata: {
          labels: { ...labels, ...podSelector },
          annotations: { 'prometheus.io/port': '8080', 'prometheus.io/scrape': 'true' },
        },
        spec: {
          serviceAccountName: proxyName,
          priorityClassName: 'system-cluster-critical',
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          terminationGracePeriodSeconds: 30,
          securityContext: podSecurity,
          containers: [container(options)],
        },
      },
    },
  };
}

function container({ image, proxyArgs }: InstallOptions): Record<string, unknown> {
  return {
    name: 'proxy',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['tenantry', 'proxy'],
    args: [...proxyArgs],
    env: [
      { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      ...Object.entries(proxyMemory).map(([name, value]) => ({ name, value })),
    ],
    ports: containerPorts(ports),
    ...probes,
    resources: {
      limits: { cpu: '2', memory: '1Gi' },
      requests: { cpu: '100m', memory: '128Mi' },
    },
    securityContext: containerSecurity,
  };
}
