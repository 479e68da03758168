import { globalQuotaLabel, managedByController, managedByLabel } from '../../api/capsule/labels.ts';
import {
  GlobalResourceQuota,
  type GlobalResourceQuotaStatus,
} from '../../api/capsule/global-resource-quota.ts';
import { Reason } from '../../api/reasons.ts';
import { globalQuotaName } from '../../access/quotas/global-names.ts';
import { reservationMs } from '../../access/quotas/ledger.ts';
import { stalled } from '../../base/errors.ts';
import { apiVersionOf } from '../../kube/object.ts';
import {
  clampAmounts,
  hasAmounts,
  subtractAmounts,
  writeAmounts,
  type Amounts,
} from '../../kube/resource-list.ts';
import { done, waitingFor, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import { converge } from '../shared/converge.ts';
import { resourceQuotaType } from '../../kube/core-resources.ts';
import { managedQuota } from '../shared/quotas/managed-quota.ts';
import { shareBetween } from '../shared/quotas/share-between.ts';
import type { GlobalResourceQuotaDeps } from './deps.ts';
import { fieldManager, keepLedger } from './keep-ledger.ts';
import { markNamespaces } from './mark-namespaces.ts';
import { observe, type Observed } from './observe.ts';

type QuotaRun = Run<GlobalResourceQuotaStatus>;

/** Counts what namespaces use together, and gives each a share of what is left. */
export async function reconcile(
  quota: GlobalResourceQuota,
  deps: GlobalResourceQuotaDeps,
  run: QuotaRun,
): Promise<Outcome> {
  const observed = observe(quota, deps, run.clock.now());
  refuseNonsense(observed);
  const namespaces = observed.places
    .filter(({ isGoing }) => !isGoing)
    .map(({ namespace }) => namespace);
  const before = quota.status?.namespaces ?? [];
  run.record(statusOf(observed, namespaces));
  await writeQuotas(quota, shareBetween(observed.hard, observed.places), deps, run);
  await markNamespaces(new Set([...before, ...namespaces]), deps, run);
  const { used, initialized } = observed;
  const generation = quota.metadata.generation ?? 0;
  await keepLedger(observed, { generation, namespaces, used, initialized }, deps, run);
  // Entries that come to nothing expire.
  const isAwaited = observed.places.some(({ wanted }) => hasAmounts(wanted));
  if (initialized)
    return done({
      reason: Reason.Succeeded,
      message: 'reconciled',
      requeueMs: isAwaited ? reservationMs : null,
    });
  const message = 'waiting for ResourceQuota usage initialization';
  return waitingFor({ reason: Reason.Progressing, message, afterMs: 5_000 });
}

function refuseNonsense({ hard }: Observed): void {
  if (hard.size === 0)
    throw stalled(Reason.InvalidSpec, 'spec.quota.hard must contain at least one resource');
  const negative = [...hard].filter(([, { nano }]) => nano < 0n).map(([name]) => name);
  if (negative.length > 0)
    throw stalled(
      Reason.InvalidSpec,
      `spec.quota.hard must not be negative: ${negative.join(', ')}`,
    );
}

function statusOf(
  { hard, used, usage }: Observed,
  namespaces: readonly string[],
): Partial<GlobalResourceQuotaStatus> {
  return {
    namespaces: [...namespaces],
    namespaceCount: namespaces.length,
    namespaceUsage: Object.fromEntries(
      [...usage].map(([namespace, amounts]) => [namespace, { used: writeAmounts(amounts) }]),
    ),
    total: {
      hard: writeAmounts(hard),
      used: writeAmounts(used),
      available: writeAmounts(clampAmounts(subtractAmounts(hard, used))),
    },
  };
}

/** Makes the native quotas what was decided; those of other namespaces go. */
export async function writeQuotas(
  { metadata, spec }: GlobalResourceQuota,
  limits: ReadonlyMap<string, Amounts>,
  deps: GlobalResourceQuotaDeps,
  run: QuotaRun,
): Promise<void> {
  const { name, uid = '' } = metadata;
  const { type, kind } = GlobalResourceQuota;
  deps.decided.set(uid, new Map(limits));
  const desired = [...limits].map(([namespace, hard]) =>
    managedQuota({
      name: globalQuotaName(name),
      namespace,
      labels: { [globalQuotaLabel]: name },
      owner: { apiVersion: apiVersionOf(type), kind, name, uid },
      counts: spec.quota,
      hard,
    }),
  );
  const present = deps.managed
    .for(resourceQuotaType)
    .list()
    .filter(({ metadata: { labels } }) => labels?.[globalQuotaLabel] === name)
    .filter(({ metadata: { labels } }) => labels?.[managedByLabel] === managedByController);
  await converge(
    { type: resourceQuotaType, desired, present },
    { client: deps.client, caches: deps.managed, fieldManager, signal: run.signal },
  );
}
