import type { CallOptions, KubeClient } from './client.ts';
import type { AuthenticatedUser } from './identity.ts';

/** What somebody would like to do, as RBAC sees it: authorization.k8s.io/v1 ResourceAttributes. */
export interface ResourceAttributes {
  verb: string;
  /** The core group if absent. */
  group?: string;
  resource: string;
  /** All of the resource if absent. */
  name?: string;
  /** The resource itself if absent. */
  subresource?: string;
  /** All namespaces if absent. */
  namespace?: string;
}

/** Whether whom the client acts as may do it: SelfSubjectAccessReview (authorization.k8s.io/v1). */
export async function isAllowed(
  client: Pick<KubeClient, 'raw'>,
  attributes: ResourceAttributes,
  { signal }: CallOptions = {},
): Promise<boolean> {
  const review = await client.raw<{ status?: { allowed?: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { ...attributes } },
    },
    ...(signal && { signal }),
  });
  return review.status?.allowed === true;
}

/** Whether that user may do it: SubjectAccessReview (authorization.k8s.io/v1), which takes a right of its own. */
export async function isUserAllowed(
  client: Pick<KubeClient, 'raw'>,
  { user, groups, uid, extra = {} }: AuthenticatedUser,
  attributes: ResourceAttributes,
  { signal }: CallOptions = {},
): Promise<boolean> {
  const who = { user, groups: [...groups], ...(uid !== undefined && { uid }) };
  const more = Object.entries(extra).map(([key, values]) => [key, [...values]]);
  const review = await client.raw<{ status?: { allowed?: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        resourceAttributes: { ...attributes },
        ...who,
        extra: Object.fromEntries(more) as Record<string, string[]>,
      },
    },
    ...(signal && { signal }),
  });
  return review.status?.allowed === true;
}
