import type { ResourcePoolClaim } from '../../../api/capsule/resource-pool-claim.ts';
import type { ResourcePool } from '../../../api/capsule/resource-pool.ts';
import { approximateQuantity, parseQuantity } from '../../../kube/quantity.ts';
import { readAmounts, sumAmounts } from '../../../kube/resource-list.ts';
import { conditionSeries, percentages, perResource, type Series } from './series.ts';

/** What is in a pool, and who has how much of it. */
export function poolSeries({ metadata, status }: ResourcePool): Series[] {
  const labels = { pool: metadata.name };
  const { allocation, claims = {}, conditions } = status ?? {};
  const limit = readAmounts(allocation?.hard);
  const used = readAmounts(allocation?.used);
  return [
    ...[...limit.keys()].map((resource) => ({
      family: 'pool_resource',
      labels: { ...labels, resource },
      value: 1,
    })),
    ...perResource('pool_limit', labels, limit),
    ...perResource('pool_usage', labels, used),
    ...perResource('pool_available', labels, readAmounts(allocation?.available)),
    ...percentages('pool_usage_percentage', labels, { used, limit }),
    ...conditionSeries('pool_condition', labels, { conditions, types: ['Ready', 'Exhausted'] }),
    ...Object.entries(claims).flatMap(([namespace, own]) => {
      const of = { ...labels, target_namespace: namespace };
      const claimed = sumAmounts(own.map((claim) => readAmounts(claim.claims)));
      return [
        ...perResource('pool_namespace_usage', of, claimed),
        ...percentages('pool_namespace_usage_percentage', of, { used: claimed, limit }),
      ];
    }),
    ...exhaustionSeries({ metadata, status }),
  ];
}

function exhaustionSeries({
  metadata,
  status,
}: Pick<ResourcePool, 'metadata'> & { status: ResourcePool['status'] | undefined }): Series[] {
  return Object.entries(status?.exhaustions ?? {}).flatMap(([resource, exhaustion]) => {
    const labels = { pool: metadata.name, resource };
    const [requesting, available] = [exhaustion.requesting, exhaustion.available].map((value) =>
      approximateQuantity(parseQuantity(value) ?? { nano: 0n, format: 'decimal' }),
    ) as [number, number];
    const beyond = available > 0 && requesting > available;
    const value = ((requesting - available) / available) * 100;
    return [
      { family: 'pool_exhaustion', labels, value: requesting },
      ...(beyond ? [{ family: 'pool_exhaustion_percentage', labels, value }] : []),
    ];
  });
}

/** What a claim asks for, of which pool, and what became of it. */
export function claimSeries({ metadata, spec, status }: ResourcePoolClaim): Series[] {
  const labels = { name: metadata.name, target_namespace: metadata.namespace ?? '' };
  const pool = status?.pool?.name ?? spec.pool ?? '';
  const types = ['Ready', 'Exhausted', 'Bound'];
  return [
    ...conditionSeries('claim_condition', labels, { conditions: status?.conditions, types }),
    { family: 'claim_pool', labels: { ...labels, pool }, value: 1 },
    ...perResource('claim_resource', labels, readAmounts(spec.claim)),
  ];
}
