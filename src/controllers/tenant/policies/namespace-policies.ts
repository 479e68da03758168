import type {
  Cordon,
  NamespaceMetadataPolicy,
  NamespacePolicies,
} from '../../../api/capsule/namespace-policies.ts';
import { deniedKeys } from '../../../access/namespaces/metadata-policy.ts';
import type { TenantSpec } from '../../../api/capsule/tenant.ts';
import { allowedValues, choicesText } from './allowed-values.ts';
import { classPolicies, type ExistingClasses } from './class-policies.ts';

/** What a tenant's policies are resolved from. */
export interface PolicySources {
  spec: TenantSpec;
  classes: ExistingClasses;
  /** PersistentVolumes that are the tenant's and not bound, by name. */
  volumes: readonly string[];
  /** Who may change nothing; absent while the namespace is not cordoned. */
  cordon?: Cordon;
  /** About the metadata of the namespace itself; absent when the Tenant says nothing of it. */
  namespace?: NamespaceMetadataPolicy;
}

/** What a Tenant's options mean in one of its namespaces, as admission reads it. */
export function namespacePolicies(sources: PolicySources): NamespacePolicies {
  const { spec, classes, volumes, cordon } = sources;
  const { containerRegistries, imagePullPolicies = [] } = spec;
  return {
    ...classPolicies(spec, classes),
    ...servicePolicies(spec),
    ...hostPolicies(spec.ingressOptions ?? {}),
    ...(cordon && { cordon }),
    ...(containerRegistries && { registries: allowedValues(containerRegistries) }),
    ...(imagePullPolicies.length > 0 && { pullPolicies: [...imagePullPolicies] }),
    volumes: [...volumes].sort(),
  };
}

function hostPolicies(options: Partial<NonNullable<TenantSpec['ingressOptions']>>) {
  const { allowedHostnames, hostnameCollisionScope = 'Disabled', allowWildcardHostnames } = options;
  return {
    ...(allowedHostnames && { hostnames: allowedValues(allowedHostnames) }),
    ...(hostnameCollisionScope !== 'Disabled' && { collisionScope: hostnameCollisionScope }),
    wildcardHostnames: allowWildcardHostnames ?? false,
  };
}

function servicePolicies({ serviceOptions }: TenantSpec): Pick<NamespacePolicies, 'services'> {
  if (!serviceOptions) return {};
  const { allowedServices, externalIPs, forbiddenLabels, forbiddenAnnotations } = serviceOptions;
  const types = [
    ['NodePort', allowedServices?.nodePort],
    ['ExternalName', allowedServices?.externalName],
    ['LoadBalancer', allowedServices?.loadBalancer],
  ] as const;
  return {
    services: {
      deniedTypes: types.filter(([, isAllowed]) => isAllowed === false).map(([type]) => type),
      ...(externalIPs && { externalIPs: networks(externalIPs.allowed) }),
      ...(forbiddenLabels && { forbiddenLabels: deniedKeys(forbiddenLabels) }),
      ...(forbiddenAnnotations && { forbiddenAnnotations: deniedKeys(forbiddenAnnotations) }),
    },
  };
}

/** Addresses are networks of one. */
function networks(allowed: readonly string[]) {
  const names = allowed.map((each) => (each.includes('/') ? each : `${each}/32`));
  return { names, choices: choicesText(allowed) };
}
