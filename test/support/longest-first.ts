import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take long for their size: where vitest remembers no times it goes by size, and would
 * begin with these last, when nothing else is left to be done meanwhile. The longest first.
 */
const long = [
  'e2e/manager-killed',
  'e2e/hostile-inputs',
  'e2e/check',
  'e2e/demo',
  'quotas/tenant-quota.cluster',
  'e2e/soak',
  'git-repository/failures.cluster',
  'tenant-resource/tenant-resource.cluster',
  'tenant-resource/attacks.cluster',
  'global-quota.cluster',
  'namespaces/namespaces.cluster',
  'resource-pool/pools.cluster',
  'plane/start-plane.orphans.cluster',
  'global-tenant-resource.cluster',
  'rules/equivalence.cluster',
  'rules/attacks.cluster',
  'plane/start-plane.lifecycle.cluster',
  'e2e/disk-full',
  'e2e/components-apart',
  'e2e/api-server-restart',
  'health/expressions.cluster',
  'prune/deletion-policy.cluster',
  'kustomize/renderer.limits',
];

/** The order of files: what takes long begins first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = long.findIndex((part) => moduleId.includes(`${part}.test`));
  return rank === -1 ? long.length : rank;
}
