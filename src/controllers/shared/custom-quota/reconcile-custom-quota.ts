import {
  compileQuota,
  expressionsOf,
  type CompiledQuota,
} from '../../../access/quotas/custom/compile-quota.ts';
import {
  clampQuantity,
  customReservationMs,
  settledLedger,
} from '../../../access/quotas/custom/custom-ledger.ts';
import { sparedNamespaces } from '../../../access/quotas/custom/counted-namespaces.ts';
import type { CountedScope } from '../../../access/quotas/custom/counted-scope.ts';
import type { CustomQuota, CustomQuotaStatus } from '../../../api/capsule/custom-quota.ts';
import { Reason } from '../../../api/reasons.ts';
import { retryable, stalled } from '../../../base/errors.ts';
import {
  referenceId,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../../kube/object.ts';
import {
  formatQuantity,
  parseQuantity,
  subtractQuantities,
  zeroQuantity,
} from '../../../kube/quantity.ts';
import { done, waitingFor, type Outcome } from '../../../runtime/outcome.ts';
import type { Run } from '../../../runtime/run.ts';
import { keepLedger } from '../quotas/keep-ledger.ts';
import { countUsage, type Known, type Usage } from './count-usage.ts';
import type { CustomQuotaDeps } from './deps.ts';
import { checkWatchable, resolveKinds } from './resolve-kinds.ts';

/** Objects that a status lists; more would not fit into one. */
const maxClaims = 1000;
const maxFaults = 3;
const syncMs = 20_000;
const registrationMs = 5_000;
const faultyMs = 60_000;

/** A custom quota of either kind, and whose objects it counts. */
export interface QuotaScope {
  type: ResourceType;
  /** Where its ledger is. */
  ledger: ObjectKey;
  fieldManager: string;
  /** Its objects of a kind. */
  itemsOf(cache: { list(namespace?: string): KubeObject[] }, type: ResourceType): KubeObject[];
}

/** A quota as both kinds have it. */
export type AnyCustomQuota = Pick<CustomQuota, 'metadata' | 'spec'>;

/** Counts what there is of a quota, and keeps its ledger, which requests are held against. */
export async function reconcileCustomQuota(
  quota: AnyCustomQuota,
  scope: QuotaScope,
  deps: CustomQuotaDeps,
  run: Run<CustomQuotaStatus>,
): Promise<Outcome> {
  const { metadata } = quota;
  const { namespace, uid = '' } = metadata;
  if (namespace !== undefined && isGoing(countedIn(namespace, deps)))
    return done({ reason: Reason.Succeeded, message: 'the namespace ends', requeueMs: null });
  const who = { tenant: namespace ?? '', signal: run.signal };
  const compiled = await compile(quota, deps, who);
  const { client, kinds } = deps;
  const isNamespaced = namespace !== undefined;
  const types = await resolveKinds(compiled, { isNamespaced, client, signal: run.signal });
  // Also of what cannot be counted: nothing is added to a quota that is not kept.
  kinds.use(uid, scopesOf(quota, types));
  await checkWatchable(types, { client, signal: run.signal });
  if (!(await areListed(types, deps, run)))
    return waitingFor({
      reason: Reason.Progressing,
      message: 'waiting for the objects to be listed',
      afterMs: registrationMs,
    });
  const usage = await countUsage({
    quota: compiled,
    objects: distinct(types).map((type) => ({
      type,
      items: scope.itemsOf(kinds.objects(type), type),
    })),
    expressions: deps.expressions,
    tenant: who.tenant,
    known: knownOf(quota, deps),
    signal: run.signal,
  });
  run.record(statusOf(quota, types, usage));
  if (usage.faults.length > 0)
    throw retryable(Reason.Failed, faultText(usage.faults), { afterMs: faultyMs });
  const waiting = await settle(quota, usage, { scope, deps, run });
  if (!scopesOf(quota, types).every((counted) => deps.isAskedAbout(counted)))
    return waitingFor({
      reason: Reason.Progressing,
      message: 'waiting for the webhooks to be registered',
      afterMs: registrationMs,
    });
  // Entries that come to nothing expire.
  const requeueMs = waiting ? customReservationMs : null;
  return done({ reason: Reason.Succeeded, message: 'reconciled', requeueMs });
}

/** The namespace of a quota. Throws when nothing is ever counted in it. */
function countedIn(name: string, { namespaces, home }: CustomQuotaDeps): KubeObject | undefined {
  const namespace = namespaces.get({ name });
  if (sparedNamespaces(namespace ? [namespace] : [], home).has(name))
    throw stalled(Reason.InvalidSpec, 'nothing is counted in namespaces of Kubernetes and ours');
  return namespace;
}

/** Nothing can be made in it any more, such as a ledger. */
const isGoing = (namespace: KubeObject | undefined) =>
  namespace?.metadata.deletionTimestamp !== undefined;

async function compile(
  { spec }: AnyCustomQuota,
  { expressions }: CustomQuotaDeps,
  who: { tenant: string; signal: AbortSignal },
): Promise<CompiledQuota> {
  const { quota, problems } = compileQuota(spec);
  const asked = expressionsOf(quota);
  const faults = problems.length > 0 ? [] : await expressions.check(asked, who);
  const all = [
    ...problems,
    ...asked.flatMap(({ path }, index) => {
      const message = faults[index];
      return message === undefined ? [] : [{ path, message }];
    }),
  ];
  const [first] = all;
  if (first) throw stalled(Reason.InvalidSpec, `${first.path}: ${first.message}`);
  return quota;
}

/** What webhooks are asked about for a quota. */
export function scopesOf(
  { metadata: { namespace } }: AnyCustomQuota,
  types: readonly ResourceType[],
): CountedScope[] {
  return distinct(types).map((type) => (namespace === undefined ? { type } : { type, namespace }));
}

/** Whether all objects are known; waits a little for those that were not asked for before. */
async function areListed(
  types: readonly ResourceType[],
  { kinds }: CustomQuotaDeps,
  { signal }: Run<unknown>,
): Promise<boolean> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(syncMs)]);
  try {
    await Promise.all(types.map((type) => kinds.objects(type).synced(ending)));
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (ending.aborted) return false;
    throw error;
  }
}

/** A kind that several sources count is looked at once, for all of them. */
function distinct(types: readonly ResourceType[]): ResourceType[] {
  return [...new Map(types.map((type) => [`${type.group} ${type.kind}`, type])).values()];
}

/** Another generation counts otherwise. */
function knownOf({ metadata }: AnyCustomQuota, { memory }: CustomQuotaDeps): Known {
  const { uid = '', generation = 0 } = metadata;
  const before = memory.get(uid);
  if (before?.generation === generation) return before.known;
  const known: Known = new WeakMap();
  memory.set(uid, { generation, known });
  return known;
}

function statusOf(
  { spec }: AnyCustomQuota,
  types: readonly ResourceType[],
  { used, claims }: Usage,
): Partial<CustomQuotaStatus> {
  const limit = parseQuantity(spec.limit) ?? zeroQuantity;
  const targets = spec.sources.map(({ apiVersion: _apiVersion, ...source }, index) => {
    const { group = '', version = '', namespaced = true } = types[index] ?? {};
    return { ...source, group, version, scope: namespaced ? 'namespace' : 'root' };
  });
  return {
    targets,
    usage: {
      used: formatQuantity(used),
      available: formatQuantity(clampQuantity(subtractQuantities(limit, used))),
    },
    claims: claims.slice(0, maxClaims),
  };
}

function faultText(faults: readonly string[]): string {
  const more = faults.length - maxFaults;
  const listed = faults.slice(0, maxFaults).join('; ');
  return `objects cannot be counted: ${listed}${more > 0 ? `; and ${more} more` : ''}`;
}

/** Enters what was counted into the ledger; whether requests are still on their way. */
async function settle(
  { metadata }: AnyCustomQuota,
  { used, byObject }: Usage,
  { scope, deps, run }: { scope: QuotaScope; deps: CustomQuotaDeps; run: Run<unknown> },
): Promise<boolean> {
  const { name, namespace, uid = '' } = metadata;
  const key = namespace === undefined ? { name } : { namespace, name };
  const status = await keepLedger(
    { key: scope.ledger, target: { type: scope.type, key, uid } },
    (before) =>
      settledLedger(before, {
        used,
        nowMs: run.clock.now(),
        shown: {
          usageOf: ({ apiGroup: group = '', kind, ...object }) =>
            byObject.get(referenceId({ group, kind }, { name: '', ...object })),
          isGoneSince: ({ apiGroup: group = '', kind, ...object }, ms) =>
            deps.kinds.isGoneSince({ group, kind }, { name: '', ...object }, ms),
        },
      }),
    {
      client: deps.client,
      known: deps.ledger(scope.ledger),
      fieldManager: scope.fieldManager,
      signal: run.signal,
    },
  );
  return (status.reservations ?? []).length > 0;
}
