import type { Clock } from '../base/clock.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { clusterConfigOf } from './kubeconfig.ts';
import {
  KubeconfigError,
  parseKubeconfig,
  selectContext,
  type SelectedContext,
} from './kubeconfig-document.ts';
import { proxyOf } from './proxy-environment.ts';
import { isLocalHost } from './server-address.ts';

/** What a tenant's kubeconfig may not contain unless the platform admin allows it, each by name. */
export const kubeconfigRisks = {
  exec: 'runs a program (users[].user.exec)',
  'auth-provider': 'uses an auth provider (users[].user.auth-provider)',
  impersonation: 'asks for impersonation (users[].user.as)',
  'token-file': 'names a file (users[].user.tokenFile)',
  'client-certificate-file': 'names a file (users[].user.client-certificate)',
  'client-key-file': 'names a file (users[].user.client-key)',
  'certificate-authority-file': 'names a file (clusters[].cluster.certificate-authority)',
  'insecure-tls':
    'does not verify the server (insecure-skip-tls-verify, or a server without https)',
  'proxy-url': 'sends requests through a proxy (clusters[].cluster.proxy-url)',
  'tls-server-name': 'verifies another name than the server’s (clusters[].cluster.tls-server-name)',
  'local-server':
    'points to a loopback, link-local or metadata address (clusters[].cluster.server)',
} as const;

export type KubeconfigRisk = keyof typeof kubeconfigRisks;

/** The kubeconfig was refused; `risks` says why, the message in words a tenant can act on. */
export class KubeconfigRefusedError extends KubeconfigError {
  readonly risks: readonly KubeconfigRisk[];

  constructor(risks: readonly KubeconfigRisk[]) {
    super('Refused', `the kubeconfig ${risks.map((risk) => kubeconfigRisks[risk]).join('; ')}`);
    this.risks = risks;
  }
}

/** Every risk in the part of a kubeconfig that would be used. Reads nothing, resolves nothing. */
export function risksOf({ cluster, user }: SelectedContext): KubeconfigRisk[] {
  const url = URL.parse(
    cluster.server.includes('://') ? cluster.server : `https://${cluster.server}`,
  );
  const present: Record<KubeconfigRisk, boolean> = {
    exec: user.exec !== undefined,
    'auth-provider': user.authProvider !== undefined,
    impersonation: user.impersonates === true,
    'token-file': user.tokenFile !== undefined,
    'client-certificate-file': user.clientCertificate !== undefined,
    'client-key-file': user.clientKey !== undefined,
    'certificate-authority-file': cluster.certificateAuthority !== undefined,
    'insecure-tls': cluster.insecureSkipTlsVerify === true || url?.protocol !== 'https:',
    'proxy-url': cluster.proxyUrl !== undefined,
    'tls-server-name': cluster.tlsServerName !== undefined,
    'local-server': url === null || isLocalHost(url.hostname) || isLocalProxy(cluster.proxyUrl),
  };
  return (Object.keys(present) as KubeconfigRisk[]).filter((risk) => present[risk]);
}

function isLocalProxy(proxyUrl: string | undefined): boolean {
  if (proxyUrl === undefined) return false;
  const url = URL.parse(proxyUrl.includes('://') ? proxyUrl : `https://${proxyUrl}`);
  return url === null || isLocalHost(url.hostname);
}

export interface TenantKubeconfigOptions {
  /** Risks the platform admin accepts for everybody. `impersonation` and `auth-provider` never work. */
  allow?: readonly KubeconfigRisk[];
  context?: string;
  clock: Clock;
  /** Where the operator's own proxy is named (`HTTPS_PROXY` and so on); no plugin sees it. */
  proxyEnvironment?: Readonly<Record<string, string | undefined>>;
}

/**
 * The way to a cluster that a tenant's kubeconfig describes, or a refusal before anything in it was
 * read, run or resolved (CVE-2022-24817). Unless local servers are allowed, a name that resolves to
 * a local address is refused when connecting. Exec plugins that are allowed run with an empty
 * environment.
 *
 * @throws KubeconfigRefusedError, KubeconfigError
 */
export function sanitizeKubeconfig(
  text: string,
  { context, ...options }: TenantKubeconfigOptions,
): Promise<ClusterConfig> {
  return sanitizeContext(selectContext(parseKubeconfig(text), context), options);
}

/** As {@link sanitizeKubeconfig}, of what its context says. @throws KubeconfigRefusedError, KubeconfigError */
export async function sanitizeContext(
  selected: SelectedContext,
  { allow = [], clock, proxyEnvironment = {} }: Omit<TenantKubeconfigOptions, 'context'>,
): Promise<ClusterConfig> {
  const refused = risksOf(selected).filter((risk) => !allow.includes(risk));
  if (refused.length > 0) throw new KubeconfigRefusedError(refused);
  const config = await clusterConfigOf(selected, { clock, env: {} });
  const proxyUrl = config.proxyUrl ?? proxyOf(config.server, proxyEnvironment);
  return {
    ...config,
    ...(proxyUrl === undefined ? {} : { proxyUrl, trustProxy: config.proxyUrl === undefined }),
    ...(allow.includes('local-server') ? {} : { refuseLocalAddresses: true }),
  };
}
