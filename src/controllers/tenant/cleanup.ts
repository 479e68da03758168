import type { Tenant } from '../../api/capsule/tenant.ts';
import type { TenantStatus } from '../../api/capsule/tenant-status.ts';
import { Reason } from '../../api/reasons.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/object.ts';
import { waitingFor, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import { namespaceType } from '../shared/core-resources.ts';
import { grant, ownersOf, promotionsOf } from './owners.ts';
import { recordTenant } from './tell-status.ts';
import { workFor, type TenantDeps, type Work } from './work.ts';

const pollMs = 30_000;

/**
 * Deletes the namespaces of a Tenant that is being deleted, and keeps the Tenant, with its owners'
 * roles, until they are gone: who owns them can still mend what holds them up.
 */
export async function cleanup(
  tenant: Tenant,
  deps: TenantDeps,
  run: Run<TenantStatus>,
): Promise<Outcome | void> {
  const work = workFor(tenant, deps, run);
  const owners = ownersOf(work);
  const reached = work.namespaces.map((namespace) => ({ namespace }));
  recordTenant({ owners, promotions: promotionsOf(work), reached }, work);
  await grant(owners, work);
  if (work.namespaces.length === 0) return;
  for (const namespace of work.namespaces) await remove(namespace, work);
  const names = work.namespaces.map(({ metadata }) => metadata.name).join(', ');
  const message = `waiting for the deletion of its namespaces: ${names}`;
  return waitingFor({ reason: Reason.Progressing, message, afterMs: pollMs, progressing: true });
}

/** Only what refers to this very Tenant: a namespace with the label alone may be anybody's. */
async function remove({ metadata }: KubeObject, { identity, deps, run }: Work): Promise<void> {
  const isOurs = (metadata.ownerReferences ?? []).some(({ uid }) => uid === identity.uid);
  if (!isOurs || metadata.deletionTimestamp !== undefined) return;
  try {
    await deps.client.delete(
      namespaceType,
      { name: metadata.name },
      {
        propagationPolicy: 'Background',
        ...(metadata.uid !== undefined && { preconditions: { uid: metadata.uid } }),
        signal: run.signal,
      },
    );
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
