/** Words that tenancy is written in: labels, annotations, and the verbs ownership is asked for by. */

export { capsuleGroup } from '../../api/capsule/group.ts';

/** On a Namespace: the Tenant it belongs to. Nobody but its owners and administrators sets it. */
export const tenantLabel = 'capsule.clastix.io/tenant';

/** Pods of a namespace are scheduled to these nodes (admission plugin PodNodeSelector). */
export const nodeSelectorAnnotation = 'scheduler.alpha.kubernetes.io/node-selector';

/** On a ServiceAccount of a tenant, `true`: it becomes an owner of the tenant. */
export const ownerPromotionLabel = 'owner.projectcapsule.dev/promote';

/** On a ServiceAccount of a tenant, `true`: the tenant's rules may give it roles. */
export const promotionLabel = 'projectcapsule.dev/promote';

/** On a Namespace, `true`: users of Capsule may change nothing in it. */
export const cordonedLabel = 'projectcapsule.dev/cordoned';

/**
 * Verbs of ours on `tenants/<name>` and on `capsuleconfigurations/<name>`. Roles grant them, so
 * that the API server itself knows who owns what, with every process of ours stopped, and
 * `kubectl auth can-i own tenants/oil` answers a person.
 */
export const Verb = {
  /** On a tenant: is its owner. */
  Own: 'own',
  /** On a tenant: may create one more namespace; withdrawn while it is full, cordoned or going. */
  Extend: 'extend',
  /** On a tenant: has no quota of namespaces, so that none need be counted. */
  ExtendFreely: 'extend-freely',
  /** On a tenant: its namespaces may bear any name, not only `<tenant>-…`. */
  NameFreely: 'name-freely',
  /** On a tenant: it has no policy about the metadata of namespaces. */
  LabelFreely: 'label-freely',
  /** On a tenant: it requires no metadata of namespaces, so that one may have none. */
  LabelNothing: 'label-nothing',
  /** On a tenant: may make ServiceAccounts its owners; withdrawn while that is disabled. */
  PromoteOwners: 'promote-owners',
  /** On a tenant: may have its rules promote ServiceAccounts; withdrawn while that is disabled. */
  Promote: 'promote',
  /** On a tenant: its namespaces may be uncordoned; withdrawn while it is cordoned itself. */
  Uncordon: 'uncordon',
  /** On the configuration: is a user that tenancy is enforced for. */
  Use: 'use',
  /** On the configuration: administers every tenant. */
  Administer: 'administer',
  /** On a replication: may write what it made. */
  Replicate: 'replicate',
  /** On the configuration: is the control plane itself. */
  Control: 'control',
} as const;
export type Verb = (typeof Verb)[keyof typeof Verb];
