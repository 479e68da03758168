import type { KubeObject, OwnerReference } from '../../../../kube/object.ts';
import { typeOf } from '../../target.ts';
import type { World } from '../../world.ts';

const tenants = { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant' };

/** A reference to a Tenant, as its namespaces have it. */
export async function tenantReference(
  { admin, hasTenants }: World,
  name: string,
): Promise<Record<keyof Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>, string>> {
  if (!hasTenants) return { ...tenants, name, uid: '' };
  const { metadata } = await admin.get<KubeObject>(await typeOf(admin, tenants), { name });
  return { ...tenants, name, uid: metadata.uid ?? '' };
}

export const withLabels = (object: KubeObject, labels: Record<string, string>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } },
});
