import { namespaceType } from '../../kube/core-resources.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { sleep, type Clock } from '../../base/clock.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';

/**
 * Longer than a create can be under way after we said yes: API servers end requests after a minute
 * (`--request-timeout`). The rest is for clocks that differ.
 */
const holdMs = 65_000;
const maxAttempts = 40;

export interface ReservationRequest {
  tenant: string;
  /** Of the new namespace. */
  name: string;
  /** Looks only. */
  dryRun: boolean;
}

interface Sources {
  client: KubeClient;
  clock: Clock;
}

/** There is none left, or there is a namespace of that name already, whosever it is. */
export type Reserved = 'reserved' | 'full' | 'taken';

/** Reserves a namespace, or says why there is none. */
export type ReserveNamespace = (request: ReservationRequest) => Promise<Reserved>;

/**
 * Reserves one of the namespaces that a tenant's quota allows. However many ask at the same moment,
 * in however many replicas, no more are given than there are: a reservation is written to the
 * Tenant's status under the version that was counted by, so of two that counted the same only one
 * is written. Counted are the namespaces that exist, asked for after the reservations were read, and
 * reservations whose request may still be under way. For a name that is taken nothing is reserved: such
 * a request is refused, so that it cannot go on should the name become free.
 */
export function createReservations(sources: Sources): ReserveNamespace {
  /** Requests of one process about the same tenant, one after the other: they would only conflict. */
  const turns = new Map<string, Promise<unknown>>();
  return async (request) => {
    const work = () => reserve(request, sources);
    const before = turns.get(request.tenant) ?? Promise.resolve();
    const mine = before.then(work, work);
    turns.set(request.tenant, mine);
    try {
      return await mine;
    } finally {
      if (turns.get(request.tenant) === mine) turns.delete(request.tenant);
    }
  };
}

async function reserve(request: ReservationRequest, sources: Sources): Promise<Reserved> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    try {
      return await reserveOnce(request, sources);
    } catch (error) {
      if (isNotFound(error)) return 'full';
      if (!isConflict(error)) throw error;
      // Another replica was first; spread, so that they do not meet again.
      await sleep(sources.clock, 5 + 20 * Math.random());
    }
  }
  throw new Error(`the Tenant '${request.tenant}' changes too often to count by`);
}

async function reserveOnce(
  { tenant, name, dryRun }: ReservationRequest,
  { client, clock }: Sources,
): Promise<Reserved> {
  const stored = await client.get(Tenant.type, { name: tenant });
  const { spec, status } = Tenant.decode(stored);
  const quota = spec.namespaceOptions?.quota;
  if (quota === undefined) return 'reserved';
  const labelSelector = `${tenantLabel}=${tenant}`;
  const [{ items }, isTaken] = await Promise.all([
    client.list(namespaceType, { labelSelector, metadataOnly: true }),
    exists(name, client),
  ]);
  if (isTaken) return 'taken';
  const existing = new Set(items.map(({ metadata }) => metadata.name));
  const now = clock.now();
  const pending = (status?.reservations ?? []).filter(
    (each) => Date.parse(each.until) > now && !existing.has(each.name) && each.name !== name,
  );
  if (existing.size + pending.length >= quota) return 'full';
  if (dryRun) return 'reserved';
  const reservation = { name, until: new Date(now + holdMs).toISOString() };
  // A patch, as all that the control plane writes: it has no right to update. The version makes it
  // fail where somebody counted by an older one.
  const { resourceVersion = '' } = stored.metadata;
  const reservations = [...pending, reservation];
  const body = { metadata: { resourceVersion }, status: { reservations } };
  const patch = { type: 'merge', body } as const;
  await client.patch(Tenant.type, { name: tenant }, patch, { subresource: 'status' });
  return 'reserved';
}

async function exists(name: string, client: KubeClient): Promise<boolean> {
  try {
    await client.get(namespaceType, { name });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
