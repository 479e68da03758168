import { capsuleGroup, Verb } from '../access/tenancy/vocabulary.ts';
import type { KubeClient } from '../kube/client.ts';
import type { UserInfo } from './request.ts';

/**
 * Asks the API server whether a role lets `user` administer tenants: what the first ring asks by
 * CEL's authorizer. `configuration` names the CapsuleConfiguration that counts.
 */
export async function mayAdminister(
  client: KubeClient,
  configuration: string,
  { username, groups = [], uid }: UserInfo,
): Promise<boolean> {
  const { status } = await client.raw<{ status?: { allowed?: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: username,
        groups: [...groups],
        ...(uid !== undefined && { uid }),
        resourceAttributes: {
          group: capsuleGroup,
          resource: 'capsuleconfigurations',
          name: configuration,
          verb: Verb.Administer,
        },
      },
    },
  });
  return status?.allowed === true;
}
