import { managedByController, managedByLabel, poolLabel } from '../../api/capsule/labels.ts';
import { ResourcePool, type ResourcePoolSpec } from '../../api/capsule/resource-pool.ts';
import { apiVersionOf, type KubeObject } from '../../kube/object.ts';
import { zeroQuantity } from '../../kube/quantity.ts';
import { readAmounts, type Amounts } from '../../kube/resource-list.ts';
import type { Run } from '../../runtime/run.ts';
import { converge } from '../shared/converge.ts';
import { resourceQuotaType } from '../../kube/core-resources.ts';
import { managedQuota } from '../shared/quotas/managed-quota.ts';
import type { ResourcePoolDeps } from './deps.ts';

/** Field manager of quotas of pools. */
export const fieldManager = 'projectcapsule.dev/resource-pool';

type Pool = Pick<ResourcePool, 'metadata' | 'spec'>;

const quotaName = ({ metadata }: Pool) => `capsule-pool-${metadata.name}`;

/** What a namespace may use without a claim, by resource; with `defaultsZero` nothing of the rest. */
export function effectiveDefaults({ quota, defaults, config }: ResourcePoolSpec): Amounts {
  const given = readAmounts(defaults);
  if (!config.defaultsZero) return given;
  const names = Object.keys(quota.hard ?? {});
  return new Map([...names.map((name) => [name, zeroQuantity] as const), ...given]);
}

/** The pool's quota in a namespace, as the watch knows it. */
export function liveQuota(pool: Pool, namespace: string, { managed }: ResourcePoolDeps) {
  return managed.for(resourceQuotaType).get({ namespace, name: quotaName(pool) });
}

export interface QuotaWriting {
  /** By namespace; quotas elsewhere go. */
  limits: ReadonlyMap<string, Amounts>;
  deps: ResourcePoolDeps;
  run: Pick<Run<unknown>, 'signal'>;
}

/** Makes the pool's quotas what was decided. */
export async function writeQuotas(pool: Pool, { limits, deps, run }: QuotaWriting): Promise<void> {
  const { name, uid = '' } = pool.metadata;
  deps.decided.set(uid, new Map(limits));
  const owner = {
    apiVersion: apiVersionOf(ResourcePool.type),
    kind: ResourcePool.kind,
    name,
    uid,
  };
  const desired = [...limits].map(([namespace, hard]) =>
    managedQuota({
      name: quotaName(pool),
      namespace,
      labels: { [poolLabel]: name },
      owner,
      counts: pool.spec.quota,
      hard,
    }),
  );
  const present = deps.managed.for(resourceQuotaType).list().filter(isOf(name));
  await converge(
    { type: resourceQuotaType, desired, present },
    { client: deps.client, caches: deps.managed, fieldManager, signal: run.signal },
  );
}

const isOf =
  (pool: string) =>
  ({ metadata }: KubeObject): boolean =>
    metadata.labels?.[poolLabel] === pool &&
    metadata.labels[managedByLabel] === managedByController;
