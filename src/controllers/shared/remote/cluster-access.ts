import { createHash } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { ClusterConfig } from '../../../kube/cluster-config.ts';
import { KubeconfigError, type SelectedContext } from '../../../kube/kubeconfig-document.ts';
import {
  KubeconfigRefusedError,
  kubeconfigRisks,
  sanitizeContext,
  type KubeconfigRisk,
} from '../../../kube/kubeconfig-policy.ts';
import { UnusableClusterError } from './unusable-cluster.ts';

/** The way to a remote cluster, as a tenant described it and the platform admin allows it. */
export interface ClusterAccess {
  /** Equal for equal ways, of one namespace: what connections are kept by. */
  id: string;
  /** Stands for the cluster, by whatever credentials: a digest of its server's address. */
  cluster: string;
  config: ClusterConfig;
  /** Values that no message may hold. */
  secrets: readonly string[];
}

export interface AccessRules {
  /** What the platform admin accepts of tenants' kubeconfigs. */
  allow: readonly KubeconfigRisk[];
  clock: Clock;
  /** Where the operator's own proxy is named. */
  proxyEnvironment: Readonly<Record<string, string | undefined>>;
}

const maxSaid = 500;

/**
 * Makes of a context the way to its cluster. `what` names the object it is from, `salt` all that
 * makes it another way than an equal context of somebody else.
 *
 * @throws UnusableClusterError that says what to change, and holds no secret.
 */
export async function clusterAccess(
  context: SelectedContext,
  about: { what: string; salt: readonly string[] },
  rules: AccessRules,
): Promise<ClusterAccess> {
  const { cluster, user } = context;
  try {
    const config = await sanitizeContext(context, rules);
    await checkKeys(config);
    const { token, password, clientKeyData } = user;
    const proxy = cluster.proxyUrl === undefined ? undefined : URL.parse(cluster.proxyUrl);
    const secrets = [token, password, clientKeyData, proxy?.password].filter(Boolean) as string[];
    return {
      id: digestOf([...about.salt, JSON.stringify(context)]),
      cluster: digestOf([addressOf(config.server)]).slice(0, 16),
      config,
      secrets,
    };
  } catch (error) {
    throw unusable(error, about.what);
  }
}

/** What a kubeconfig's refusal or malformation means for the object that refers to it. */
export function unusable(error: unknown, what: string): unknown {
  if (error instanceof KubeconfigRefusedError) {
    const why = error.risks.map((risk) => kubeconfigRisks[risk]).join('; ');
    return new UnusableClusterError(`${what} is refused: it ${why}`);
  }
  if (!(error instanceof KubeconfigError)) return error;
  const said = messageOf(error).slice(0, maxSaid);
  return new UnusableClusterError(`${what} cannot be used: ${said}`);
}

/** Said now, and not at the first connection, where it would look like the server's fault. */
async function checkKeys({ ca, credentials, insecureSkipTlsVerify }: ClusterConfig): Promise<void> {
  // What can be refused anew comes from a program or another server: none of it is asked here.
  const { certificate } = credentials.reject ? {} : await credentials.current();
  try {
    createSecureContext({
      ...certificate,
      ...(ca === undefined || insecureSkipTlsVerify === true ? {} : { ca }),
    });
  } catch {
    const why = 'its certificates or its key are not what they should be (PEM, and a pair)';
    throw new KubeconfigError('Invalid', why);
  }
}

/** Host, port and path: who asks, and how the server is verified, may change. */
function addressOf(server: string): string {
  const { protocol, hostname, port, pathname } = new URL(server);
  const standard = protocol === 'https:' ? '443' : '80';
  return `${hostname}:${port || standard}${pathname.replace(/\/+$/, '')}`;
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
