import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take long for their size: where vitest remembers no times it goes by size, and would
 * begin with these last, when nothing else is left to be done meanwhile. The longest first.
 */
const long = [
  'e2e/check',
  'e2e/hostile-inputs',
  'quotas/tenant-quota.cluster',
  'e2e/soak',
  'health/expressions.cluster',
  'e2e/demo',
  'tenant-resource/tenant-resource.cluster',
  'global-custom-quota.cluster',
  'tenant-resource/attacks.cluster',
  'health/health.cluster',
  'e2e/remote-clusters',
  'global-quota.cluster',
  'rules/attacks.cluster',
  'e2e/bad-input',
  'reconciler-account/attacks.cluster',
  'e2e/guide-namespace-as-a-service',
  'kube/watch.cluster',
  'custom-quota/custom-quota.cluster',
  'identity-hold.cluster',
  'e2e/offboarding',
  'resource-pool/pools.cluster',
  'plane/start-plane.orphans.cluster',
  'e2e/manager-killed',
  'namespaces/namespaces.cluster',
  'filter/granted.cluster',
  'plane/start-plane.lifecycle.cluster',
  'tenant/tenancy.cluster',
  'reconciler-account/equipment.cluster',
  'prune/deletion-policy.cluster',
  'global-tenant-resource.cluster',
  'e2e/beside',
  'e2e/seed-tenants',
  'e2e/seed-two-tenants',
  'git-repository/failures.cluster',
  'rules/equivalence.cluster',
  'e2e/api-server-restart',
  'e2e/disk-full',
  'e2e/components-apart',
  'git/git.submodules',
  'git/git.hostile',
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
