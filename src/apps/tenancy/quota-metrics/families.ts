const ofPool = ['pool', 'resource'];
const inPool = ['pool', 'target_namespace', 'resource'];
const ofClaim = (last: string) => ['name', 'target_namespace', last];
const shared = 'global_resource_quota';
const ofTenant = ['tenant', 'resource', 'resourcequotaindex'];

/** The metrics about quotas, as Capsule has them: without its prefix, and what a dashboard shows. */
export const families: Readonly<Record<string, { help: string; labels: readonly string[] }>> = {
  pool_resource: { help: 'A resource that a pool has.', labels: ofPool },
  pool_limit: { help: 'What is in a pool.', labels: ofPool },
  pool_usage: { help: 'What claims have got of a pool.', labels: ofPool },
  pool_usage_percentage: { help: 'The same, in percent of the pool.', labels: ofPool },
  pool_available: { help: 'What can still be claimed of a pool.', labels: ofPool },
  pool_exhaustion: { help: 'What waiting claims ask for.', labels: ofPool },
  pool_exhaustion_percentage: {
    help: 'The same beyond what there is, in percent of it.',
    labels: ofPool,
  },
  pool_condition: { help: 'Conditions of a pool; 1 is true.', labels: ['pool', 'condition'] },
  pool_namespace_usage: { help: 'What claims of a namespace have got of a pool.', labels: inPool },
  pool_namespace_usage_percentage: { help: 'The same, in percent of the pool.', labels: inPool },
  claim_pool: { help: 'The pool a claim is on.', labels: ofClaim('pool') },
  claim_condition: { help: 'Conditions of a claim; 1 is true.', labels: ofClaim('condition') },
  claim_resource: { help: 'What a claim asks for.', labels: ofClaim('resource') },
  [`${shared}_condition`]: {
    help: 'Conditions of a shared quota; 1 is true.',
    labels: [shared, 'condition'],
  },
  [`${shared}_limit`]: { help: 'What namespaces may use together.', labels: [shared, 'resource'] },
  [`${shared}_usage`]: { help: 'What they use together.', labels: [shared, 'resource'] },
  [`${shared}_available`]: { help: 'What is left.', labels: [shared, 'resource'] },
  [`${shared}_usage_percentage`]: {
    help: 'What they use, in percent.',
    labels: [shared, 'resource'],
  },
  [`${shared}_namespace_usage`]: {
    help: 'What one namespace uses of a shared quota.',
    labels: [shared, 'target_namespace', 'resource'],
  },
  [`${shared}_namespace_usage_percentage`]: {
    help: 'The same, in percent of the shared limit.',
    labels: [shared, 'target_namespace', 'resource'],
  },
  tenant_resource_usage: { help: 'What a tenant uses of a quota.', labels: ofTenant },
  tenant_resource_limit: { help: 'What a tenant may use of a quota.', labels: ofTenant },
};
