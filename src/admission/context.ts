import type { CapsuleConfiguration } from '../api/capsule/capsule-configuration.ts';
import type { HeldQuota } from '../access/quotas/custom/held-quota.ts';
import type { QuotaExpressions } from '../access/quotas/custom/quota-expression.ts';
import type { IdentityDirectory } from '../access/tenancy/identity-class.ts';
import type { GlobalResourceQuota } from '../api/capsule/global-resource-quota.ts';
import type { NamespaceRule, TenantRule } from '../api/capsule/rules/rule.ts';
import type { Tenant } from '../api/capsule/tenant.ts';
import type { Clock } from '../base/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Caches } from '../runtime/cache/read-cache.ts';
import type { AdmissionEvents } from './admission-events.ts';
import type { ReserveNamespace } from './namespaces/reserve-namespace.ts';
import type { NewTenants } from './new-tenants.ts';
import type { UserInfo } from './request.ts';
import type { TenantDirectory } from './tenant-directory.ts';

/** What hooks decide by; one for the process. */
export interface AdmissionContext {
  /** The control plane's own: for what no cache holds. */
  client: KubeClient;
  /** Whole collections, as the watches know them. */
  caches: Caches;
  clock: Clock;
  tenants: TenantDirectory;
  newTenants: NewTenants;
  /** Namespace the control plane runs in. */
  home: string;
  /** Those that can be read. */
  globalQuotas(): readonly GlobalResourceQuota[];
  /** Custom quotas of a namespace, if any, and of the cluster where it is counted. */
  customQuotas(namespace: string | undefined): readonly HeldQuota[];
  /** Evaluates the expressions of custom quotas. */
  expressions: QuotaExpressions;
  /** The CapsuleConfiguration that counts; its defaults while there is none that can be read. */
  configuration(): CapsuleConfiguration;
  /** What senders are told apart by, at the moment. */
  identities(): IdentityDirectory;
  /** Fills in the templates of rules for a namespace; rejects when one cannot be, or gives no rule. */
  fillRules(
    rules: readonly TenantRule[],
    about: { tenant: Tenant; namespace: KubeObject },
  ): Promise<NamespaceRule[]>;
  /** Labels of namespaces that some grant of a source selects on. */
  protectedLabels(): readonly string[];
  /** Told of every refusal, and of some changes. */
  events: AdmissionEvents;
  /** Counts namespaces against the quota of their tenant. */
  reserveNamespace: ReserveNamespace;
  /** Whether a role lets somebody administer tenants, as the first ring asks. */
  mayAdminister(user: UserInfo): Promise<boolean>;
}
