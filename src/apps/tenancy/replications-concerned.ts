import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../base/json.ts';
import { selects, type LabelSelector } from '../../kube/label-selector.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { CacheChange } from '../../runtime/cache/read-cache.ts';

/**
 * Whether a change of a Tenant or a namespace may change what is replicated. Templates see all of
 * both; how a status tells of itself, they see at the next resync.
 */
export function concernsReplications({ before, after }: CacheChange<KubeObject>): boolean {
  return !isDeepStrictEqual(visibleOf(before), visibleOf(after));
}

/** Those of the GlobalTenantResources that are, or were, for one of these states of a Tenant. */
export function globalsConcerned(
  tenants: readonly (KubeObject | undefined)[],
  globals: readonly KubeObject[],
): KubeObject[] {
  return globals.filter(({ spec }) => {
    if (!isRecord(spec) || spec['scope'] === 'None') return false;
    const { tenantSelector } = spec;
    // The schema of the CRD admits selectors only.
    const selector = (isRecord(tenantSelector) ? tenantSelector : {}) as LabelSelector;
    return tenants.some((tenant) => tenant && selects(selector, tenant.metadata.labels ?? {}));
  });
}

function visibleOf(object: KubeObject | undefined): unknown {
  if (!object) return undefined;
  const { resourceVersion: _version, managedFields: _fields, ...metadata } = object.metadata;
  const status = isRecord(object['status']) ? object['status'] : {};
  const {
    conditions: _conditions,
    spaces: _spaces,
    observedGeneration: _generation,
    lastHandledReconcileAt: _handled,
    ...told
  } = status;
  return { metadata, spec: object['spec'], status: told };
}
