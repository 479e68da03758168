import { isConflict, isNotFound } from '../../../kube/api-error.ts';
import { keyOf } from '../../../kube/object.ts';
import type { Deployer } from '../../shared/deployers.ts';
import type { Work } from '../work.ts';

/** How long namespaces wait for what deploys in them before they are deleted all the same. */
export const graceMs = 2 * 60_000;

/**
 * Deletes what deploys in the namespaces of a tenant, while accounts, roles and the namespaces they
 * deploy to are all there: so it takes away what it brought, wherever that is. Answers with what is
 * still there.
 */
export async function endDeployers(namespaces: readonly string[], work: Work): Promise<Deployer[]> {
  const left = namespaces.flatMap((namespace) => work.deps.deployers.in(namespace));
  for (const deployer of left) await end(deployer, work);
  return left;
}

async function end({ type, object }: Deployer, { deps, run }: Work): Promise<void> {
  const { uid, deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined) return;
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  try {
    await deps.client.delete(type, keyOf(object), { ...preconditions, signal: run.signal });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
