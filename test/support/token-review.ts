import type { KubeClient } from '../../src/kube/client.ts';

/** Whose token it is for this audience, as servers that trust a cluster's ServiceAccounts ask it. */
export async function reviewToken(
  client: Pick<KubeClient, 'raw'>,
  token: string,
  audience: string,
): Promise<string | undefined> {
  const { status } = await client.raw<{
    status: { authenticated?: boolean; user?: { username: string } };
  }>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [audience] },
    },
  });
  return status.authenticated ? status.user?.username : undefined;
}
