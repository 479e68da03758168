import type { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AdmissionContext } from '../context.ts';

/** What the rules about shared quotas know of a request. */
export interface SharedQuotaContext {
  admission: AdmissionContext;
  namespace: KubeObject | undefined;
  quotas: readonly GlobalResourceQuota[];
}
