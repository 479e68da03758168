import type { KubeClient } from './client.ts';
import { isForbidden, isNotFound } from './api-error.ts';
import { formatKey, type ObjectKey } from './object.ts';

/** authentication.k8s.io/v1 TokenRequest, as far as it is read. */
interface TokenRequest {
  status: AccountToken;
}

/** A token of a ServiceAccount, and when it ends. */
export interface AccountToken {
  token: string;
  expirationTimestamp: string;
}

/** The shortest life the API server gives. */
export const shortestLifeSeconds = 600;

export interface TokenWish {
  /** Who is to take it; the API server itself if empty. */
  audiences: readonly string[];
  lifeSeconds?: number;
  /** The token is worth nothing once this Secret, in the account's namespace, is gone. */
  secret?: { name: string; uid: string };
}

/** Asks the TokenRequest API for a short-lived token that only `audiences` take. */
export async function requestToken(
  client: Pick<KubeClient, 'raw'>,
  account: Required<ObjectKey>,
  audiences: readonly string[],
  signal?: AbortSignal,
): Promise<AccountToken> {
  return await requestBoundToken(client, account, { audiences }, signal);
}

/** Asks the TokenRequest API for a token that lives as long as is wished, if the API server lets it. */
export async function requestBoundToken(
  client: Pick<KubeClient, 'raw'>,
  account: Required<ObjectKey>,
  { audiences, lifeSeconds = shortestLifeSeconds, secret }: TokenWish,
  signal?: AbortSignal,
): Promise<AccountToken> {
  const [namespace, name] = [account.namespace, account.name].map(encodeURIComponent);
  const { status } = await client.raw<TokenRequest>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        ...(audiences.length > 0 && { audiences: [...audiences] }),
        expirationSeconds: lifeSeconds,
        ...(secret && { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', ...secret } }),
      },
    },
    ...(signal && { signal }),
  });
  return status;
}

/** Why `user` was given no token of the account, as what to change; undefined if nobody can help it. */
export function explainNoToken(
  error: unknown,
  { account, user, namedBy }: { account: Required<ObjectKey>; user: string; namedBy: string },
): { isMissing: boolean; message: string } | undefined {
  const subject = `ServiceAccount '${formatKey(account)}'`;
  if (isNotFound(error)) {
    return { isMissing: true, message: `${subject} not found: create it, or correct ${namedBy}` };
  }
  if (!isForbidden(error)) return undefined;
  const message = `${user} may not create serviceaccounts/token of ${subject}: grant it with a Role in '${account.namespace}'`;
  return { isMissing: false, message };
}
