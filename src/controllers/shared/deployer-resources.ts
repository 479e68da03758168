import { TenantResource } from '../../api/capsule/tenant-resource.ts';
import type { ResourceType } from '../../kube/object.ts';

/**
 * Kinds whose objects apply others as a ServiceAccount of their namespace, and take them away in the
 * end. Whoever runs them, Tenantry or Flux, needs that account until then.
 */
export const deployerTypes: readonly ResourceType[] = [
  {
    group: 'kustomize.toolkit.fluxcd.io',
    version: 'v1',
    kind: 'Kustomization',
    plural: 'kustomizations',
    namespaced: true,
  },
  {
    group: 'helm.toolkit.fluxcd.io',
    version: 'v2',
    kind: 'HelmRelease',
    plural: 'helmreleases',
    namespaced: true,
  },
  TenantResource.type,
];
