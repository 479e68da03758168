import type { CallOptions, KubeClient } from './client.ts';

/** What somebody would like to do, as RBAC sees it: authorization.k8s.io/v1 ResourceAttributes. */
export interface ResourceAttributes {
  verb: string;
  /** The core group if absent. */
  group?: string;
  resource: string;
  /** All of the resource if absent. */
  name?: string;
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
