import { sharedQuotaLabel } from '../../api/capsule/labels.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import { cordonedLabel, nodeSelectorAnnotation, tenantLabel } from '../tenancy/vocabulary.ts';
import { customResourceLimits } from '../quotas/custom-resources.ts';
import { selects } from '../../kube/label-selector.ts';
import { fillIn } from '../tenancy/fill-in.ts';
import { allowedAnnotations } from './allowed-annotations.ts';

type Strings = Readonly<Record<string, string>>;

/** What a tenant's namespace carries by the tenant's will. */
export interface ManagedMetadata {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/**
 * The labels and annotations that a tenant puts on one of its namespaces. In values, `{{tenant.name}}`
 * and `{{namespace}}` stand for the names; nothing else is replaced.
 */
export function managedMetadata(
  tenant: Pick<Tenant, 'metadata' | 'spec'>,
  namespace: { name: string; labels: Strings },
): ManagedMetadata {
  const { spec, metadata } = tenant;
  const { additionalMetadata, additionalMetadataList = [] } = spec.namespaceOptions ?? {};
  const selected = additionalMetadataList.filter(({ namespaceSelector }) =>
    selects(namespaceSelector ?? {}, namespace.labels),
  );
  const labels: Record<string, string> = {};
  const annotations: Record<string, string> = {};
  for (const part of [additionalMetadata ?? {}, ...selected]) {
    Object.assign(labels, part.labels);
    Object.assign(annotations, part.annotations);
  }
  const fill = (values: Strings) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key,
        fillIn(value, { tenant: metadata.name, namespace: namespace.name }),
      ]),
    );
  const nodes = nodeSelectorOf(spec.nodeSelector ?? {});
  return {
    labels: {
      ...fill(labels),
      ...(spec.cordoned && { [cordonedLabel]: 'true' }),
      ...(sharesQuota(tenant) && { [sharedQuotaLabel]: 'true' }),
      [tenantLabel]: metadata.name,
    },
    annotations: {
      ...fill(annotations),
      ...allowedAnnotations(tenant),
      ...(nodes !== '' && { [nodeSelectorAnnotation]: nodes }),
    },
  };
}

/** Requests in its namespaces may need a larger share of a quota; see the hook of shared quotas. */
function sharesQuota(tenant: Pick<Tenant, 'metadata' | 'spec'>): boolean {
  const { scope, items = [] } = tenant.spec.resourceQuotas ?? {};
  const counted = Object.keys(customResourceLimits(tenant)).length;
  return counted > 0 || (scope === 'Tenant' && items.length > 0);
}

/** As the admission plugin PodNodeSelector reads it: `key=value` pairs, sorted, joined by commas. */
function nodeSelectorOf(selector: Strings): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}
