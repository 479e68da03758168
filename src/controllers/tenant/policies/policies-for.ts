import type { Cordon, NamespacePolicies } from '../../../api/capsule/namespace-policies.ts';
import { managedMetadata } from '../../../access/namespaces/managed-metadata.ts';
import { namespaceMetadataPolicy } from '../../../access/namespaces/metadata-policy.ts';
import { cordonedLabel } from '../../../access/tenancy/vocabulary.ts';
import type { ObjectMeta } from '../../../kube/object.ts';
import type { Work } from '../work.ts';
import { namespacePolicies } from './namespace-policies.ts';

/** What the tenant's options mean in one of its namespaces now. */
export function policiesFor({ name, labels = {} }: ObjectMeta, work: Work): NamespacePolicies {
  const { tenant, identity, deps } = work;
  const isCordoned = tenant.spec.cordoned || labels[cordonedLabel] === 'true';
  const namespace = namespaceMetadataPolicy(tenant, managedMetadata(tenant, { name, labels }));
  return namespacePolicies({
    spec: tenant.spec,
    classes: deps.classes(),
    volumes: deps.volumes(identity.name),
    ...(namespace && { namespace }),
    ...(isCordoned && { cordon: cordonOf(work) }),
  });
}

/** Whom a cordon stops: users of Capsule, and the ServiceAccounts of the tenant's namespaces. */
function cordonOf({ configuration, namespaces }: Work): Cordon {
  const users = configuration.status?.users ?? [];
  const named = (isGroup: boolean) =>
    users.filter(({ kind }) => (kind === 'Group') === isGroup).map(({ name }) => name);
  return {
    users: named(false),
    groups: [
      ...named(true),
      ...namespaces.map(({ metadata }) => `system:serviceaccounts:${metadata.name}`),
    ],
    exempt: [...(configuration.spec.ignoreUserWithGroups ?? [])],
  };
}
