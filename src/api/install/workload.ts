import type { KubeObject } from '../../kube/object.ts';
import { bridgeName } from './bridge.ts';
import { installLabels, managerName, type InstallOptions } from './options.ts';
import { containerPorts, containerSecurity, podSecurity, probes } from './pod.ts';
import { proxyName } from './proxy.ts';
import { serviceOf } from './service.ts';
import { tenancyName } from './tenancy.ts';

/** Port numbers of the manager's listeners, by the names the Pod gives them. */
const ports = { http: 9090, 'http-prom': 8080, healthz: 9440 } as const;
const webhookPort = { webhooks: 9443 };

/** Where artifacts are fetched from: `http://tenantry.<namespace>.svc.cluster.local./…`. */
export function artifactService(options: InstallOptions): KubeObject {
  const port = { name: 'http', port: 80 };
  return serviceOf({ name: managerName, app: managerName, port }, options);
}

/** A manager process: what it is called, and the flags that make it what it is. */
interface Part {
  name: string;
  /** Its ServiceAccount. */
  account: string;
  flags: string[];
  /** How many of it there are; one unless said. */
  replicas?: number;
  /** A key of a Secret that it reads as a file, in {@link secretFolder}; nothing else of the Secret. */
  secret?: { secretName: string; key: string };
}

const secretFolder = '/etc/tenantry/secret';

/** The manager: one Deployment of all components, or one of each. */
export function managerDeployments(options: InstallOptions): KubeObject[] {
  const parts = options.gitops ? deployingParts(options) : [];
  if (options.tenancy) {
    const flags = ['--components=tenancy'];
    parts.push({ name: tenancyName, account: tenancyName, flags, replicas: 2 });
  }
  if (options.bridge) parts.push(bridgePart(options));
  return parts.map((part) => managerDeployment(part, options));
}

/** Two, of which one leads: tokens are to be renewed whatever becomes of a node. */
function bridgePart(options: InstallOptions): Part {
  const secret = { secretName: proxyName, key: 'ca' };
  const caPath = `--proxy-ca-path=${secretFolder}/${secret.key}`;
  const flags = ['--components=bridge', proxyUrlFlag(options), caPath];
  return { name: bridgeName, account: bridgeName, flags, replicas: 2, secret };
}

const proxyUrlFlag = ({ namespace }: InstallOptions) =>
  `--proxy-url=https://${proxyName}.${namespace}.svc:9001`;

/** What fetches and applies: one Deployment, or one of each component. */
function deployingParts(options: InstallOptions): Part[] {
  // What leads to the proxy goes past it where that makes no difference.
  const toProxy = options.proxy ? [proxyUrlFlag(options)] : [];
  return options.separateComponents
    ? [
        // The artifacts' Service leads to the Pods of this name.
        { name: managerName, account: managerName, flags: ['--components=source'] },
        {
          name: `${managerName}-kustomize`,
          account: managerName,
          flags: ['--components=kustomize', ...toProxy],
        },
      ]
    : [{ name: managerName, account: managerName, flags: toProxy }];
}

/**
 * One replica, replaced rather than rolled: it is the only writer of its artifact store, which is
 * rebuilt from Git when it is lost. Of tenancy there are two, rolled: each serves webhooks, and one
 * of them leads.
 */
function managerDeployment(part: Part, options: InstallOptions): KubeObject {
  const labels = installLabels(options);
  const podSelector = { app: part.name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: part.name, namespace: options.namespace, labels },
    spec: {
      replicas: part.replicas ?? 1,
      strategy: { type: part.replicas === undefined ? 'Recreate' : 'RollingUpdate' },
      selector: { matchLabels: podSelector },
      template: {
        metadata: {
          labels: { ...labels, ...podSelector },
          annotations: { 'prometheus.io/port': '8080', 'prometheus.io/scrape': 'true' },
        },
        spec: podSpec(part, options),
      },
    },
  };
}

const onlyKey = ({ secretName, key }: NonNullable<Part['secret']>) => ({
  secretName,
  items: [{ key, path: key }],
});

function podSpec(part: Part, options: InstallOptions): Record<string, unknown> {
  return {
    serviceAccountName: part.account,
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    terminationGracePeriodSeconds: 30,
    securityContext: podSecurity,
    containers: [container(part, options)],
    volumes: [
      { name: 'data', emptyDir: { sizeLimit: '10Gi' } },
      { name: 'tmp', emptyDir: { sizeLimit: '2Gi' } },
      ...(part.secret === undefined ? [] : [{ name: 'secret', secret: onlyKey(part.secret) }]),
    ],
  };
}

function container(
  { name, flags, secret }: Part,
  options: InstallOptions,
): Record<string, unknown> {
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
      ...flags,
      ...options.managerArgs,
    ],
    env: [
      {
        name: 'RUNTIME_NAMESPACE',
        valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } },
      },
      { name: 'TMPDIR', value: '/tmp' },
    ],
    ports: containerPorts({ ...ports, ...(name === tenancyName && webhookPort) }),
    ...probes,
    resources: {
      limits: { cpu: '2', memory: '2Gi' },
      requests: { cpu: '100m', memory: '256Mi' },
    },
    securityContext: containerSecurity,
    volumeMounts: [
      { name: 'data', mountPath: '/data' },
      { name: 'tmp', mountPath: '/tmp' },
      ...(secret === undefined
        ? []
        : [{ name: 'secret', mountPath: secretFolder, readOnly: true }]),
    ],
  };
}
