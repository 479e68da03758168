/** Labels of what tenancy manages; names and values are Capsule's. */

/** On what is managed for a tenant: the tenant. */
export const managedTenantLabel = 'projectcapsule.dev/tenant';

/** On every object in a namespace of a tenant, as {@link managedTenantLabel}: lists select on it. */
export const tenantObjectLabel = 'capsule.clastix.io/managed-by';

/** On what is managed: by what. */
export const managedByLabel = 'projectcapsule.dev/managed-by';
export const managedByController = 'controller';
export const managedByReplications = 'replications';

/** On managed objects: the index, or hash, of what they are made from. */
export const networkPolicyLabel = 'capsule.clastix.io/network-policy';
export const limitRangeLabel = 'capsule.clastix.io/limit-range';
export const resourceQuotaLabel = 'capsule.clastix.io/resource-quota';
export const roleBindingLabel = 'capsule.clastix.io/role-binding';

/** On managed objects: their own name. */
export const capsuleNameLabel = 'projectcapsule.dev/name';

/** On what did not exist before: which part of the control plane made it, or keeps it. */
export const createdByLabel = 'projectcapsule.dev/created-by';

/**
 * On replicated objects that did not exist before, ours: the replication that made them, as
 * `TenantResource/<namespace>/<name>` or `GlobalTenantResource/<name>`. Who may act for it may
 * change them.
 */
export const replicationAnnotation = 'tenantry.dev/replication';

/** Capsule's labels of older versions: on replicated objects, and on what it manages. */
export const legacyResourcesLabel = 'capsule.clastix.io/resources';
export const legacyManagedByLabel = 'capsule.clastix.io/managed-by';

/** Its value on what registers webhooks. */
export const webhookCreator = 'admission-controller';
/** Value of {@link createdByLabel} on the policies of the first ring. */
export const ringCreator = 'first-ring';

/** On Tenants, as the API server has it on Namespaces: their own name, for selectors. */
export const metadataNameLabel = 'kubernetes.io/metadata.name';

/** On quotas: the pool, and the GlobalResourceQuota, they are made for. */
export const poolLabel = 'projectcapsule.dev/pool';
export const globalQuotaLabel = 'projectcapsule.dev/global-resource-quota';

/** On GlobalResourceQuotas that are made from a Tenant's rules: the name of the quota there. */
export const ruleQuotaLabel = 'projectcapsule.dev/rule-quota';

/** On namespaces that share a quota with others, `true`: requests there are looked at by a webhook. */
export const sharedQuotaLabel = 'projectcapsule.dev/shared-quota';

/** On a claim, `true`: the pool lets go of it, used or not, until the annotation is gone. */
export const releaseAnnotation = 'projectcapsule.dev/release';
/** Keys of labels and annotations that Capsule speaks of itself; tenants' policies leave them alone. */
export const capsuleKeyPattern =
  '^(capsule\\.clastix\\.io|projectcapsule\\.dev|[a-z]+\\.projectcapsule\\.dev)/';
const capsuleKey = new RegExp(capsuleKeyPattern);

/** Whether a key is one of Capsule's own. */
export const isCapsuleKey = (key: string): boolean => capsuleKey.test(key);
