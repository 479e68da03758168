import { Tenant } from '../../api/capsule/tenant.ts';
import { isTenantReference } from '../../access/namespaces/facts.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { apiVersionOf, type KubeObject } from '../../kube/object.ts';

/** A namespace with what binds it to a tenant: the label and the one reference. */
export function assignedTo(namespace: KubeObject, { metadata }: Tenant): KubeObject {
  const { labels, ownerReferences = [] } = namespace.metadata;
  const { name, uid = '' } = metadata;
  const reference = { apiVersion: apiVersionOf(Tenant.type), kind: Tenant.kind, name, uid };
  return {
    ...namespace,
    metadata: {
      ...namespace.metadata,
      labels: { ...labels, [tenantLabel]: name },
      ownerReferences: [...ownerReferences.filter((each) => !isTenantReference(each)), reference],
    },
  };
}
