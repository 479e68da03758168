import type { ReplicationAccount } from '../../../access/replications/account.ts';
import { Reason } from '../../../api/reasons.ts';
import { retryable } from '../../../base/errors.ts';
import type { Run } from '../../../runtime/run.ts';
import { actorFor } from './actor.ts';
import { managerPrefix } from './field-manager.ts';
import { grantReplication, withdrawReplication } from './grant.ts';
import { letGo } from './reconcile-replication.ts';
import type { Replication, ReplicationStatus } from './replication.ts';
import type { ReplicationDeps, Work } from './work.ts';

const retryAfterMs = 10_000;

/**
 * Lets go of everything a replication made before it goes itself. It is done as the account that
 * made it, if the one that would act now is nobody.
 */
export async function cleanUpReplication(
  replication: Replication,
  deps: ReplicationDeps,
  run: Run<ReplicationStatus>,
): Promise<void> {
  const { processedItems = [] } = replication.status;
  const memory = deps.memories.of(replication.uid);
  if (processedItems.some(({ status }) => status?.lastApply !== undefined)) {
    const account = lastingAccount(replication);
    const actor = await actorFor({ ...replication, account }, deps, run.signal);
    const work: Work = { replication, actor, memory, deps, run };
    await grantReplication(work);
    const kept = await letGo(processedItems, [], work);
    run.record({ processedItems: kept, size: kept.length });
    const [first] = kept;
    if (first) {
      const what = `${first.kind} ${first.namespace ?? ''}/${first.name}`;
      const message = `${kept.length} objects are left, the first is ${what}: ${first.status?.message}`;
      throw retryable(Reason.Failed, message, { afterMs: retryAfterMs });
    }
  }
  await withdrawReplication({ replication, deps, run });
  deps.objects.release(managerPrefix(replication.mark));
  deps.memories.forget(replication.uid);
}

/** A tenant's own text never gives a tenant an account of another namespace, whatever its status says. */
function lastingAccount({ account, status, id }: Replication): ReplicationAccount {
  const { serviceAccount } = status;
  if (account.as !== 'nobody' || !serviceAccount) return account;
  const isOwn = id.namespace === undefined || id.namespace === serviceAccount.namespace;
  return isOwn ? { as: 'account', account: serviceAccount } : account;
}
