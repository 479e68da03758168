import { Tenant } from '../../../api/capsule/tenant.ts';
import type { Amounts } from '../../../kube/resource-list.ts';
import { fieldManager } from '../field-manager.ts';
import type { Work } from '../work.ts';
import { usedAnnotations } from '../../../access/quotas/custom-resources.ts';

/** Says on the Tenant how many custom resources there are, of those it limits. */
export async function tellCustomResources(
  used: Amounts,
  { tenant, deps, run }: Work,
): Promise<void> {
  const { name, uid = '' } = tenant.metadata;
  const annotations = usedAnnotations(tenant, used);
  if (Object.keys(annotations).length === 0) return;
  const patch = { type: 'merge', body: { metadata: { uid, annotations } } } as const;
  await deps.client.patch(Tenant.type, { name }, patch, { fieldManager, signal: run.signal });
}
