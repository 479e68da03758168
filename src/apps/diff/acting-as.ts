import { isAllowed } from '../../kube/access-review.ts';
import { identityFor } from '../../access/identity.ts';
import type { AccessPolicy } from '../../access/security-profile.ts';
import type { Cluster } from '../../cli/cluster/connect.ts';
import { textOption } from '../../cli/cluster/options.ts';
import type { OptionValues } from '../../cli/command.ts';
import type { Actor } from '../../controllers/kustomization/actor.ts';
import { IdentityError } from '../../kube/identity.ts';

/** As whom a plan is made. */
export interface Acting {
  actor: Actor;
  /** Whom the controller acts as. */
  wanted: string;
  /** Whom the plan was made as. */
  as: string;
  /** Why it is not the same. */
  why?: string;
}

interface SelfReview {
  status?: { userInfo?: { username?: string } };
}
/**
 * The identity that the controller would act as, if whoever typed the command may become it;
 * otherwise themselves, and why.
 */
export async function actingAs(
  cluster: Cluster,
  object: { namespace: string; serviceAccountName?: string | undefined },
  { policy, options }: { policy: AccessPolicy; options: OptionValues },
): Promise<Acting> {
  const { client } = cluster;
  const me = await whoAmI(cluster);
  const { namespace, serviceAccountName } = object;
  const isDefault = !serviceAccountName;
  const own = { client, user: me, account: undefined, isDefault };
  const acts = asIdentity({ namespace, serviceAccountName, policy });
  if (typeof acts === 'string') return { actor: own, wanted: acts, as: me, why: acts };
  if (acts.as === 'controller') {
    const why = 'the controller acts as itself for objects that name no ServiceAccount';
    return { actor: own, wanted: 'the control plane', as: me, why };
  }
  const { user } = acts.identity;
  const account = { namespace, name: serviceAccountName || policy.defaultServiceAccount || '' };
  if (user === me) return { actor: { ...own, account }, wanted: user, as: me };
  if (textOption(options, 'as') !== undefined) {
    return { actor: { ...own, account }, wanted: user, as: me, why: '--as says so' };
  }
  if (!(await mayImpersonate(cluster, account))) {
    const why = `'${me}' may not impersonate it`;
    return { actor: { ...own, account }, wanted: user, as: me, why };
  }
  const tenant = cluster.own.as(acts.identity);
  return { actor: { client: tenant, user, account, isDefault }, wanted: user, as: user };
}

/** What the identity is, or why there can be none. */
function asIdentity(request: Parameters<typeof identityFor>[0]) {
  try {
    return identityFor(request);
  } catch (error) {
    if (error instanceof IdentityError) return `spec.serviceAccountName: ${error.message}`;
    throw error;
  }
}

async function whoAmI({ client, signal }: Cluster): Promise<string> {
  const review = await client.raw<SelfReview>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    signal,
  });
  return review.status?.userInfo?.username ?? 'you';
}

async function mayImpersonate(
  { client, signal }: Cluster,
  { namespace, name }: { namespace: string; name: string },
): Promise<boolean> {
  const attributes = { verb: 'impersonate', resource: 'serviceaccounts', namespace, name };
  return isAllowed(client, attributes, { signal });
}
