import { formatKey, type ObjectKey } from '../../../kube/object.ts';
import type { SelectedContext } from '../../../kube/kubeconfig-document.ts';
import { clusterAccess, type AccessRules, type ClusterAccess } from './cluster-access.ts';
import type { ClusterTokens, TokenSubject } from './cluster-tokens.ts';
import { UnusableClusterError } from './unusable-cluster.ts';

const clouds = ['aws', 'azure', 'gcp'];
const maxAudiences = 10;
const maxAudienceLength = 1024;

/** Who reads the ConfigMap and asks for the token. */
export interface GenericAccessOptions extends Pick<TokenSubject, 'client' | 'user'> {
  /** The account the token is of when the ConfigMap names none. */
  defaultAccount: string | undefined;
  tokens: ClusterTokens;
  rules: AccessRules;
}

/**
 * The way to a cluster that a ConfigMap describes: to its `address`, with a token of a ServiceAccount
 * of the ConfigMap's namespace, which that cluster trusts.
 *
 * @throws UnusableClusterError
 */
export async function accessFromConfigMap(
  key: Required<ObjectKey>,
  data: Readonly<Record<string, string>>,
  options: GenericAccessOptions,
): Promise<ClusterAccess> {
  const what = `ConfigMap '${formatKey(key)}'`;
  refuseProvider(data['provider'] ?? '', what);
  const address = data['address']?.trim() ?? '';
  const server = serverOf(address, what);
  const name = data['serviceAccountName'] || options.defaultAccount;
  if (name === undefined) {
    const remedy = 'name the ServiceAccount whose token to use under the key serviceAccountName';
    throw new UnusableClusterError(`${what} of spec.kubeConfig names no account: ${remedy}`);
  }
  const { client, user, tokens } = options;
  const account = { namespace: key.namespace, name };
  const audiences = audiencesOf(data['audiences'] ?? '', what);
  const subject = {
    client,
    user,
    account,
    audiences: audiences.length > 0 ? audiences : [address],
  };
  const about = { what, salt: [key.namespace, user, name, ...subject.audiences] };
  const access = await clusterAccess(contextOf(server, data['ca.crt']), about, options.rules);
  return { ...access, config: { ...access.config, credentials: tokens.credentials(subject) } };
}

function contextOf(server: string, ca: string | undefined): SelectedContext {
  const authority = ca ? { certificateAuthorityData: Buffer.from(ca).toString('base64') } : {};
  return { cluster: { server, ...authority }, user: {}, namespace: 'default' };
}

function refuseProvider(provider: string, what: string): void {
  if (provider === 'generic') return;
  if (clouds.includes(provider)) {
    const instead =
      `use provider generic with an address and a cluster that trusts this one's ServiceAccount ` +
      `tokens, or spec.kubeConfig.secretRef`;
    throw new UnusableClusterError(
      `${what}: provider '${provider}' is not supported yet: ${instead}`,
    );
  }
  throw new UnusableClusterError(
    `${what} of spec.kubeConfig has no provider that is known: set the key provider to generic`,
  );
}

/** Scheme, host and port, in lower case; as upstream, a path is not part of it. */
function serverOf(address: string, what: string): string {
  const url = URL.parse(address.includes('://') ? address : `https://${address}`);
  if (address !== '' && url !== null) return `${url.protocol}//${url.host}`;
  const remedy = 'set it to the https:// address of the cluster’s API server';
  throw new UnusableClusterError(`${what} of spec.kubeConfig has no valid address: ${remedy}`);
}

function audiencesOf(text: string, what: string): string[] {
  const audiences = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const isSane = audiences.every((audience) => audience.length <= maxAudienceLength);
  if (isSane && audiences.length <= maxAudiences) return audiences;
  const limit = `at most ${maxAudiences} lines of ${maxAudienceLength} characters`;
  throw new UnusableClusterError(`${what}: the key audiences takes ${limit}`);
}
