import type { Tenant } from '../../api/capsule/tenant.ts';
import type { TenantStatus } from '../../api/capsule/tenant-status.ts';
import { Reason } from '../../api/reasons.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/object.ts';
import { waitingFor, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import type { Deployer } from '../shared/deployers.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { describe, describeRemaining } from './offboarding/describe-remaining.ts';
import { endDeployers, graceMs } from './offboarding/end-deployers.ts';
import { grant, ownersOf } from './owners.ts';
import type { Reached } from './reconcile-namespaces.ts';
import { recordTenant } from './tell-status.ts';
import { workFor, type TenantDeps, type Work } from './work.ts';

const pollMs = 10_000;

/**
 * Ends a Tenant: first what deploys in its namespaces, by the accounts it deploys with, then the
 * namespaces; the Tenant, with its owners' roles, stays until they are gone, and its status says
 * what they wait for. Nobody's finalizer is ever taken off: what holds a namespace is named, for
 * those who can mend it.
 */
export async function cleanup(
  tenant: Tenant,
  deps: TenantDeps,
  run: Run<TenantStatus>,
): Promise<Outcome | void> {
  const work = workFor(tenant, deps, run);
  const own = work.namespaces.filter((namespace) => refersTo(namespace, work));
  const owners = ownersOf(work);
  await grant(owners, work);
  const deployers = await endDeployers(
    own.map(({ metadata }) => metadata.name),
    work,
  );
  if (deployers.length === 0 || isOverdue(work)) {
    for (const namespace of own) await remove(namespace, work);
  }
  const reached = await Promise.all(own.map((namespace) => look(namespace, work)));
  recordTenant({ owners, promotions: [], reached }, work);
  if (own.length === 0) return;
  return waitingFor({
    reason: Reason.Progressing,
    message: messageFor(deployers, reached),
    afterMs: pollMs,
    progressing: true,
  });
}

/** Only what refers to this very Tenant is its: a namespace with the label alone may be anybody's. */
function refersTo({ metadata }: KubeObject, { identity }: Work): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid }) => uid === identity.uid);
}

/** Whether what deploys had time enough to end by itself. */
function isOverdue({ tenant, run }: Work): boolean {
  const since = Date.parse(tenant.metadata.deletionTimestamp ?? '');
  return run.clock.now() - since >= graceMs;
}

async function look(namespace: KubeObject, { deps, run }: Work): Promise<Reached> {
  if (namespace.metadata.deletionTimestamp === undefined) return { namespace };
  return { namespace, remaining: await describeRemaining(namespace, deps.client, run.signal) };
}

function messageFor(deployers: readonly Deployer[], reached: readonly Reached[]): string {
  const deploying = deployers.map(
    ({ type, object }) => `${type.kind} ${object.metadata.namespace}/${describe(object)}`,
  );
  const going = reached.map(({ namespace, remaining = '' }) =>
    remaining === '' ? namespace.metadata.name : `${namespace.metadata.name}: ${remaining}`,
  );
  return [
    ...(deploying.length === 0 ? [] : [`waiting for what deploys: ${deploying.join(', ')}`]),
    `waiting for the deletion of its namespaces: ${going.join(' | ')}`,
  ].join('; ');
}

async function remove({ metadata }: KubeObject, { deps, run }: Work): Promise<void> {
  if (metadata.deletionTimestamp !== undefined) return;
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
