import type { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Amounts } from '../../kube/resource-list.ts';
import type { Refusals } from '../shared/quotas/refusals.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';

/** What all GlobalResourceQuotas of a process share. */
export interface GlobalResourceQuotaDeps {
  client: KubeClient;
  /** Managed objects only. */
  managed: Caches;
  namespaces(): readonly KubeObject[];
  /** All that can be read. */
  quotas(): readonly GlobalResourceQuota[];
  /** The ledger of that name as the watch knows it. */
  ledger(name: string): KubeObject | undefined;
  refusals: Refusals;
  /** Namespace of the ledgers, the control plane's own. */
  home: string;
  /** Limits that were decided, by uid of the quota and namespace; see shareBetween. */
  decided: Map<string, Map<string, Amounts>>;
}
