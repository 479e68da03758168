import type { ResourceQuotaSpec } from '../../api/native/resource-quota.ts';
import {
  globalQuotaLabel,
  managedByController,
  managedByLabel,
  managedTenantLabel,
} from '../../api/capsule/labels.ts';
import { formatWanted, wantedAnnotation } from '../../access/quotas/wanted.ts';
import { tenantLimit } from '../../access/quotas/usage-annotations.ts';
import { isNotFound } from '../../kube/api-error.ts';
import { keyOf, type KubeObject } from '../../kube/object.ts';
import {
  hasAmounts,
  namesBeyond,
  readAmounts,
  subtractAmounts,
  sumAmounts,
  type Amounts,
} from '../../kube/resource-list.ts';
import type { AdmissionContext } from '../context.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import type { AdmissionRequest } from '../request.ts';
import { additionTo } from './counted-request.ts';
import { resourceQuotas } from './quota-type.ts';
import type { SharedQuotaContext } from './context.ts';

/** How long a request waits for other namespaces to give some of their share. */
const patienceMs = 5_000;

/**
 * Asks for a larger share where the namespace's own is too small for a request, and waits for it. It
 * never refuses: native quota, which is asked next, knows better.
 */
export const room: AdmissionRule<SharedQuotaContext> = {
  name: 'shared-quota-room',
  async check(request, { admission }) {
    if (request.dryRun) return undefined;
    const quotas = admission.caches.for<KubeObject>(resourceQuotas).list(request.namespace);
    await Promise.all(quotas.filter(isShared).map((quota) => makeRoom(quota, request, admission)));
    return undefined;
  },
};

/** Quotas whose limit is a share: of a tenant, or of a GlobalResourceQuota. */
function isShared(quota: KubeObject): boolean {
  const { labels = {} } = quota.metadata;
  if (labels[managedByLabel] !== managedByController) return false;
  return labels[globalQuotaLabel] !== undefined || tenantLimit(quota).size > 0;
}

/** Whether all namespaces of the tenant together have room: if not, waiting is in vain. */
function hasTenantRoom(quota: KubeObject, delta: Amounts, { caches }: AdmissionContext): boolean {
  const { name, labels = {} } = quota.metadata;
  const others = caches
    .for<KubeObject>(resourceQuotas)
    .list()
    .filter(({ metadata }) => metadata.name === name)
    .filter(({ metadata }) => metadata.labels?.[managedTenantLabel] === labels[managedTenantLabel]);
  const used = others.map(({ status }) =>
    readAmounts((status as { used?: unknown } | undefined)?.used),
  );
  const left = subtractAmounts(tenantLimit(quota), sumAmounts(used));
  return namesBeyond(delta, left).length === 0;
}

async function makeRoom(
  quota: KubeObject,
  request: AdmissionRequest,
  admission: AdmissionContext,
): Promise<void> {
  const { delta } = additionTo(quota['spec'] as ResourceQuotaSpec, request);
  if (!hasAmounts(delta) || hasRoom(quota, delta)) return;
  const { labels = {} } = quota.metadata;
  // The ledger of a GlobalResourceQuota says it already.
  if (labels[globalQuotaLabel] === undefined) {
    if (!hasTenantRoom(quota, delta, admission)) return;
    await ask(quota, delta, admission);
  }
  await waitFor(quota, delta, admission);
}

function hasRoom(quota: KubeObject | undefined, delta: Amounts): boolean {
  const status = quota?.['status'] as { hard?: unknown; used?: unknown } | undefined;
  const left = subtractAmounts(readAmounts(status?.hard), readAmounts(status?.used));
  return namesBeyond(delta, left).length === 0;
}

async function ask(quota: KubeObject, delta: Amounts, { client, clock }: AdmissionContext) {
  const annotations = { [wantedAnnotation]: formatWanted(delta, clock.now()) };
  const patch = { type: 'merge', body: { metadata: { annotations } } } as const;
  try {
    await client.patch(resourceQuotas, keyOf(quota), patch, {
      fieldManager: 'projectcapsule.dev/admission',
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Until there is room, or no patience left. */
async function waitFor(
  quota: KubeObject,
  delta: Amounts,
  { caches, clock }: AdmissionContext,
): Promise<void> {
  const cache = caches.for<KubeObject>(resourceQuotas);
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => {
    if (hasRoom(cache.get(keyOf(quota)), delta)) resolve();
  };
  const unsubscribe = cache.onChange(look);
  const cancel = clock.after(patienceMs, resolve);
  look();
  try {
    await promise;
  } finally {
    unsubscribe();
    cancel();
  }
}
