import { parseServiceAccountUser } from '../../../access/service-account-user.ts';
import { isAllowed } from '../../../kube/access-review.ts';
import type { ImpersonatedClient, OwnClient } from '../../../kube/client.ts';
import type { ClusterConfig } from '../../../kube/cluster-config.ts';
import { IdentityError, serviceAccountIdentity, type Identity } from '../../../kube/identity.ts';
import type { ObjectKey } from '../../../kube/object.ts';
import { TokenReviewError, type TokenReviews } from '../../../kube/token-reviews.ts';
import type { Direct } from './beside-proxy.ts';

export interface ProxyShortcutOptions {
  /** The control plane's own client, to become the proxy's callers. */
  own: OwnClient;
  reviews: TokenReviews;
  /** `--proxy-url`. */
  proxyUrl: string;
}

/** Goes by the side of the tenant proxy, as whoever its caller is proven to be. */
export interface ProxyShortcut {
  /**
   * Undefined: the way leads elsewhere, or by more than a token. `account` is whom the caller would
   * impersonate at the proxy.
   */
  beside(
    config: ClusterConfig,
    request: { account: Required<ObjectKey> | undefined; extra: Identity['extra'] },
  ): Promise<Direct | undefined>;
}

/**
 * The caller is who the API server says the token is of, asked again as often as the proxy asks; only
 * ServiceAccounts are taken, and only those who act as themselves, where the proxy would let them.
 */
export function createProxyShortcut({
  own,
  reviews,
  proxyUrl,
}: ProxyShortcutOptions): ProxyShortcut {
  return {
    async beside(config, { account, extra }) {
      const token = await tokenFor(config, proxyUrl);
      if (token === undefined) return undefined;
      let known: { user: string; client: ImpersonatedClient | undefined } | undefined;
      return async () => {
        const user = await userOf(token, reviews);
        if (user === undefined) return undefined;
        if (known?.user !== user) {
          known = { user, client: await clientOf(user, { account, extra }, own) };
        }
        return known.client;
      };
    },
  };
}

/** The token, if the way leads to the proxy by that alone. */
async function tokenFor(config: ClusterConfig, proxyUrl: string): Promise<string | undefined> {
  const { server, proxyUrl: via, tlsServerName, insecureSkipTlsVerify, credentials } = config;
  const isPlain = via === undefined && tlsServerName === undefined && !insecureSkipTlsVerify;
  // What can be refused anew comes from elsewhere than the kubeconfig.
  if (!isPlain || credentials.reject || !isSamePlace(server, proxyUrl)) return undefined;
  const { authorization = '', certificate } = await credentials.current();
  const [, token] = /^Bearer (\S+)$/.exec(authorization) ?? [];
  return certificate ? undefined : token;
}

function isSamePlace(server: string, proxyUrl: string): boolean {
  const [a, b] = [URL.parse(server), URL.parse(proxyUrl)];
  return a !== null && a.href.replace(/\/$/, '') === b?.href.replace(/\/$/, '');
}

async function userOf(token: string, reviews: TokenReviews): Promise<string | undefined> {
  try {
    return (await reviews.userOf(token))?.username;
  } catch (error) {
    // Not known at the moment: the proxy says what comes of that.
    if (error instanceof TokenReviewError) return undefined;
    throw error;
  }
}

async function clientOf(
  user: string,
  { account, extra }: { account: Required<ObjectKey> | undefined; extra: Identity['extra'] },
  own: OwnClient,
): Promise<ImpersonatedClient | undefined> {
  const caller = parseServiceAccountUser(user);
  if (!caller) return undefined;
  const isItself = account?.namespace === caller.namespace && account.name === caller.name;
  if (account && !isItself) return undefined;
  const client = clientAs(caller, extra, own);
  if (!client || !account) return client;
  // As the proxy asks before it lets anybody act as anybody.
  const right = { verb: 'impersonate', resource: 'users', name: user };
  return (await isAllowed(client, right)) ? client : undefined;
}

function clientAs(
  { namespace, name }: Required<ObjectKey>,
  extra: Identity['extra'],
  own: OwnClient,
): ImpersonatedClient | undefined {
  try {
    return own.as(serviceAccountIdentity(namespace, name, extra));
  } catch (error) {
    if (error instanceof IdentityError) return undefined;
    throw error;
  }
}
