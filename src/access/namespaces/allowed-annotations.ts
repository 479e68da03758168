import type { AllowedNames } from '../../api/capsule/allowed.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';

/**
 * Annotations that show in a namespace which classes and registries its tenant may use, under Capsule's
 * keys: who works there may not be able to read the Tenant.
 */
export function allowedAnnotations({ spec }: Pick<Tenant, 'spec'>): Record<string, string> {
  const { ingressOptions, storageClasses, containerRegistries } = spec;
  return {
    ...shown('ingress-classes', ingressOptions?.allowedClasses),
    ...shown('storage-classes', storageClasses),
    ...shown('allowed-registries', containerRegistries),
  };
}

function shown(key: string, names: AllowedNames | undefined): Record<string, string> {
  const { allowed = [], allowedRegex = '' } = names ?? {};
  return {
    ...(allowed.length > 0 && { [`capsule.clastix.io/${key}`]: allowed.join(',') }),
    ...(allowedRegex !== '' && { [`capsule.clastix.io/${key}-regexp`]: allowedRegex }),
  };
}
