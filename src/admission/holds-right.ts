import { capsuleGroup, type Verb } from '../access/tenancy/vocabulary.ts';
import type { KubeClient } from '../kube/client.ts';
import type { UserInfo } from './request.ts';

/** A verb of ours on an object of ours. */
export interface TenancyRight {
  resource: 'capsuleconfigurations' | 'tenants';
  name: string;
  verb: Verb;
}

/** Asks the API server whether a role gives a right to `user`: what the first ring asks by CEL's authorizer. */
export async function holdsRight(
  client: KubeClient,
  { username, groups = [], uid }: UserInfo,
  { resource, name, verb }: TenancyRight,
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
          resource,
          name,
          verb,
        },
      },
    },
  });
  return status?.allowed === true;
}
