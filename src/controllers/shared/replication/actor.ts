import { auditExtraKeys } from '../../../access/identity.ts';
import { Reason } from '../../../api/reasons.ts';
import { denied, stalled } from '../../../base/errors.ts';
import { IdentityError, serviceAccountIdentity } from '../../../kube/identity.ts';
import type { NamespacedAccount } from '../../../api/capsule/replication.ts';
import type { Replication } from './replication.ts';
import type { Actor, ReplicationDeps } from './work.ts';

/**
 * As whom the replication is done. Throws `denied` when nobody may act for it: never is the control
 * plane a way out.
 */
export async function actorFor(
  { account, mark }: Pick<Replication, 'account' | 'mark'>,
  deps: ReplicationDeps,
  signal: AbortSignal,
): Promise<Actor> {
  if (account.as === 'nobody') throw denied(Reason.AccessDenied, account.why);
  const client = await deps.connect(signal);
  if (account.as === 'controller') return { client, account: undefined };
  return { client: client.as(identityOf(account.account, mark)), account: account.account };
}

function identityOf({ namespace, name }: NamespacedAccount, mark: string) {
  try {
    return serviceAccountIdentity(namespace, name, { [auditExtraKeys.object]: [mark] });
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    throw stalled(Reason.InvalidSpec, `spec.serviceAccount: ${error.message}`, { cause: error });
  }
}
