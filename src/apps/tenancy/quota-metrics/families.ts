const ofPool = ['pool', 'resource'];
const inPool = ['pool', 'target_namespace', 'resource'];
const ofClaim = (last: string) => ['name', 'target_namespace', last];
const shared = 'global_resource_quota';
const ofTenant = ['tenant', 'resource', 'resourcequotaindex'];

const customParts: Readonly<Record<string, string>> = {
  condition: 'Conditions of a custom quota; 1 is true.',
  resource_usage: 'What there is of a custom quota.',
  resource_usage_percentage: 'The same, in percent of its limit.',
  resource_limit: 'How much of a custom quota there may be.',
  resource_available: 'What is left of a custom quota.',
  resource_item_usage: 'What one object uses of a custom quota that asks for this.',
};

/** The families of one of both kinds of custom quotas. */
function ofCustomQuotas(prefix: string, own: readonly string[]) {
  const more: Readonly<Record<string, readonly string[]>> = {
    condition: ['condition'],
    resource_item_usage: ['name', 'target_namespace', 'kind', 'group'],
  };
  return Object.fromEntries(
    Object.entries(customParts).map(([part, help]) => [
      `${prefix}_${part}`,
      { help, labels: [...new Set([...own, ...(more[part] ?? [])])] },
    ]),
  );
}

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
  ...ofCustomQuotas('custom_quota', ['custom_quota', 'target_namespace']),
  ...ofCustomQuotas('global_custom_quota', ['custom_quota']),
  tenant_resource_usage: { help: 'What a tenant uses of a quota.', labels: ofTenant },
  tenant_resource_limit: { help: 'What a tenant may use of a quota.', labels: ofTenant },
};
