import type { KubeClient } from '../../kube/client.ts';
import type { ObjectKey } from '../../kube/object.ts';

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
