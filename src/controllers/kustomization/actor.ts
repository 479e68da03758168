import { identityFor } from '../../access/identity.ts';
import type { AccessPolicy } from '../../access/security-profile.ts';
import { Reason } from '../../api/reasons.ts';
import { stalled } from '../../base/errors.ts';
import { isNotFound } from '../../kube/api-error.ts';
import type { KubeClient, OwnClient } from '../../kube/client.ts';
import { IdentityError } from '../../kube/identity.ts';
import type { ObjectKey } from '../../kube/object.ts';
import { serviceAccountType } from '../../kube/core-resources.ts';

/** As whom a Kustomization reads and writes. Nothing of it is done by any other client. */
export interface Actor {
  client: KubeClient;
  /** The user the API server knows it by; for messages, and part of what was applied. */
  user: string;
  /** Undefined: the control plane itself, in the single-tenant profile only. */
  account: Required<ObjectKey> | undefined;
  /** True when the spec names no account and the default one acts. */
  isDefault: boolean;
}

/** The actor of `spec.serviceAccountName`, or of the policy's default. Throws `stalled` for a name no account can have. */
export function actorFor(
  object: { key: Required<ObjectKey>; serviceAccountName?: string | undefined },
  { own, policy }: { own: OwnClient; policy: AccessPolicy },
): Actor {
  const { key, serviceAccountName } = object;
  const audit = { object: `Kustomization/${key.namespace}/${key.name}` };
  const acts = asIdentity(() =>
    identityFor({ namespace: key.namespace, serviceAccountName, policy, audit }),
  );
  const isDefault = !serviceAccountName;
  if (acts.as === 'controller') {
    return { client: own, user: 'the control plane', account: undefined, isDefault };
  }
  const name = serviceAccountName || policy.defaultServiceAccount || '';
  return {
    client: own.as(acts.identity),
    user: acts.identity.user,
    account: { namespace: key.namespace, name },
    isDefault,
  };
}

function asIdentity<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    const message = `spec.serviceAccountName: ${error.message}`;
    throw stalled(Reason.InvalidSpec, message, { cause: error });
  }
}

/**
 * Whether the account exists, asked as the control plane: only the object's own namespace is looked
 * at, and only to say why the account may do nothing.
 */
export async function accountExists(
  { account }: Actor,
  own: KubeClient,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!account) return true;
  try {
    await own.get(serviceAccountType, account, signal ? { signal } : {});
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
