import type { KubeClient } from '../../kube/client.ts';

/** The user name that this process has for the API server. */
export async function ownUser(client: KubeClient): Promise<string | undefined> {
  const { status } = await client.raw<{ status?: { userInfo?: { username?: string } } }>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  return status?.userInfo?.username;
}
