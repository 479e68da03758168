import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take long for their size: where vitest remembers no times it goes by size, and would
 * begin with these last, when nothing else is left to be done meanwhile. The longest first.
 */
const long = [
  'e2e/check',
  'e2e/demo',
  'e2e/guide-namespace-as-a-service',
  'e2e/remote-clusters',
  'e2e/manager-killed',
  'e2e/real-capsule-refusals',
  'e2e/offboarding',
  'e2e/hostile-inputs',
  'quotas/tenant-quota.cluster',
  'e2e/soak',
  'health/expressions.cluster',
  'tenant-resource/tenant-resource.cluster',
  'global-custom-quota.cluster',
  'tenant-resource/attacks.cluster',
  'e2e/secret-canaries',
  'e2e/bridge-process',
  'filter/lists.cluster',
  'health/health.cluster',
  'policies/policies.cluster',
  'e2e/upgrade',
  'tenant-resource/scope-unchecked.cluster',
  'quotas/attacks.cluster',
  'filter/neighbours.cluster',
  'global-quota.cluster',
  'rules/attacks.cluster',
  'e2e/bad-input',
  'reconciler-account/attacks.cluster',
  'kube/watch.cluster',
  'e2e/proxy-streams',
  'e2e/proxy-tools',
  'ingresses/hosts.cluster',
  'terminating/terminating.cluster',
  'custom-quota/custom-quota.cluster',
  'identity-hold.cluster',
  'resource-pool/pools.cluster',
  'plane/start-plane.orphans.cluster',
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
