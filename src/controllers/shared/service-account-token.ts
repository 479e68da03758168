import type { KubeClient } from '../../kube/client.ts';
import { isForbidden, isNotFound } from '../../kube/api-error.ts';
import { formatKey, type ObjectKey } from '../../kube/object.ts';

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
const lifeSeconds = 600;

/** Asks the TokenRequest API for a short-lived token that only `audiences` take. */
export async function requestToken(
  client: Pick<KubeClient, 'raw'>,
  account: Required<ObjectKey>,
  audiences: readonly string[],
  signal?: AbortSignal,
): Promise<AccountToken> {
  const [namespace, name] = [account.namespace, account.name].map(encodeURIComponent);
  const { status } = await client.raw<TokenRequest>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [...audiences], expirationSeconds: lifeSeconds },
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
