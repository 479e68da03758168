import { isAllowed, type ResourceAttributes } from '../../kube/access-review.ts';
import type { KubeClient } from '../../kube/client.ts';

const capsule = 'capsule.clastix.io';

/** What whoever checks must be allowed to do, and what for. */
const needed: readonly (ResourceAttributes & { why: string })[] = [
  ...['users', 'groups', 'serviceaccounts'].map((resource) => ({
    verb: 'impersonate',
    resource,
    why: 'attacks are carried out as tenants',
  })),
  ...['create', 'delete', 'list'].map((verb) => ({
    verb,
    resource: 'namespaces',
    why: 'tenants of its own are made, and go again',
  })),
  ...['create', 'delete', 'list'].map((verb) => ({
    verb,
    group: capsule,
    resource: 'tenants',
    why: 'tenants of its own are made, and go again',
  })),
  {
    verb: 'create',
    group: 'rbac.authorization.k8s.io',
    resource: 'rolebindings',
    why: 'their accounts get roles in their own namespaces',
  },
];

/** The rights that are missing, each as a line for people. */
export async function missingRights(client: KubeClient, signal: AbortSignal): Promise<string[]> {
  const lines: string[] = [];
  for (const { why, ...attributes } of needed) {
    if (await isAllowed(client, attributes, { signal })) continue;
    const { verb, resource, group } = attributes;
    const of = group === undefined ? resource : `${resource}.${group}`;
    lines.push(`'${verb}' on ${of} (${why})`);
  }
  return lines;
}
