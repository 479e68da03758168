import type { KeyedFiles, Keyring } from './keyring.ts';

/** Paths, ports and choices the components' flags are made of. */
export interface ComponentSettings {
  keyring: Keyring;
  ports: { etcd: number; api: number };
  etcdFolder: string;
  /** Certificate of the API server as etcd's only client. */
  etcdClient: KeyedFiles;
  /** Certificate of the API server to kubelets, if any come. */
  kubeletClient: KeyedFiles;
  /** Wait for the disk at every write; without it a power cut may lose the data, nothing else can. */
  durable: boolean;
  audit?: { policy: string; log: string };
  /** Version of Kubernetes that the API server behaves as: `1.35`. */
  emulates?: string;
  cbor?: boolean;
  /** The API server answers to `/debug/pprof`, to its administrators. */
  profiling?: boolean;
}

const loopback = '127.0.0.1';

/** Flags of etcd: one member, on loopback, open to the API server's certificate only. */
export function etcdArguments(settings: ComponentSettings): string[] {
  const { keyring, ports, etcdFolder, durable } = settings;
  const clientUrl = `https://${loopback}:${ports.etcd}`;
  const trust = keyring.authorityFiles.cert;
  return [
    `--data-dir=${etcdFolder}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    // A member needs a peer address even if it has no peers: any port, and nobody is told.
    `--listen-peer-urls=https://${loopback}:0`,
    '--client-cert-auth',
    '--peer-client-cert-auth',
    `--trusted-ca-file=${trust}`,
    `--peer-trusted-ca-file=${trust}`,
    `--cert-file=${keyring.server.cert}`,
    `--key-file=${keyring.server.key}`,
    `--peer-cert-file=${keyring.server.cert}`,
    `--peer-key-file=${keyring.server.key}`,
    '--log-level=warn',
    ...(durable ? [] : ['--unsafe-no-fsync']),
  ];
}

/** Flags of kube-apiserver: upstream's defaults, on loopback, Node and RBAC authorisation. */
export function apiServerArguments(settings: ComponentSettings): string[] {
  const { keyring, ports, etcdClient, kubeletClient, audit, emulates, cbor, profiling } = settings;
  return [
    `--etcd-servers=https://${loopback}:${ports.etcd}`,
    `--etcd-cafile=${keyring.authorityFiles.cert}`,
    `--etcd-certfile=${etcdClient.cert}`,
    `--etcd-keyfile=${etcdClient.key}`,
    `--bind-address=${loopback}`,
    `--advertise-address=${loopback}`,
    `--secure-port=${ports.api}`,
    // Endpoints may not hold a loopback address, and no pod is there to use them.
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    `--tls-cert-file=${keyring.server.cert}`,
    `--tls-private-key-file=${keyring.server.key}`,
    `--client-ca-file=${keyring.authorityFiles.cert}`,
    `--kubelet-client-certificate=${kubeletClient.cert}`,
    `--kubelet-client-key=${kubeletClient.key}`,
    `--kubelet-certificate-authority=${keyring.authorityFiles.cert}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${keyring.serviceAccountKey}`,
    `--service-account-signing-key-file=${keyring.serviceAccountKey}`,
    '--allow-privileged=true',
    '--shutdown-watch-termination-grace-period=2s',
    `--profiling=${profiling === true}`,
    ...(audit ? [`--audit-policy-file=${audit.policy}`, `--audit-log-path=${audit.log}`] : []),
    ...(emulates === undefined ? [] : [`--emulated-version=${emulates}`]),
    ...(cbor ? ['--feature-gates=CBORServingAndStorage=true'] : []),
  ];
}

/**
 * Flags of kube-controller-manager: the default controllers, each as its own ServiceAccount. On a plane that
 * does not last nobody reads in a policy's status what was found when its types were checked again,
 * which takes as long as all else that this program does.
 */
export function controllerManagerArguments(
  { keyring, durable }: ComponentSettings,
  kubeconfig: string,
): string[] {
  return [
    ...clientArguments(kubeconfig),
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${keyring.serviceAccountKey}`,
    `--root-ca-file=${keyring.authorityFiles.cert}`,
    `--cluster-signing-cert-file=${keyring.authorityFiles.cert}`,
    `--cluster-signing-key-file=${keyring.authorityFiles.key}`,
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    ...(durable ? [] : ['--controllers=*,-validatingadmissionpolicy-status-controller']),
  ];
}

/** Flags of kube-scheduler. */
export function schedulerArguments(kubeconfig: string): string[] {
  return clientArguments(kubeconfig);
}

/** Of what runs beside the API server: nothing to listen on, and nobody to elect against. */
function clientArguments(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--profiling=false',
  ];
}

/**
 * An audit policy (audit.k8s.io/v1) that records who asked for what when it is answered (a watch:
 * when it starts and when it ends), without bodies: bodies would put Secrets into the file.
 */
export const auditPolicy = `${JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:apiserver'] },
    { level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*'] },
    { level: 'Metadata' },
  ],
})}\n`;
