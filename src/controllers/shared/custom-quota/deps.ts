import type { QuotaExpressions } from '../../../access/quotas/custom/quota-expression.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { KubeObject, ObjectKey } from '../../../kube/object.ts';
import type { ReadCache } from '../../../runtime/cache/read-cache.ts';
import type { CountedScope } from '../../../access/quotas/custom/counted-scope.ts';
import type { CountedKinds } from './counted-kinds.ts';
import type { Known } from './count-usage.ts';

/** What all custom quotas of a process share. */
export interface CustomQuotaDeps {
  client: KubeClient;
  kinds: CountedKinds;
  expressions: QuotaExpressions;
  namespaces: Pick<ReadCache<KubeObject>, 'get' | 'list'>;
  /** The ledger of that name as the watch knows it. */
  ledger(key: ObjectKey): KubeObject | undefined;
  /** Whether webhooks are asked about this, as far as this installation has some. */
  isAskedAbout(counted: CountedScope): boolean;
  /** Namespace of the control plane. */
  home: string;
  /** What is known of objects, by uid and generation of the quota. */
  memory: Map<string, { generation: number; known: Known }>;
}
