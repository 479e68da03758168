import { tenantObjectLabel } from '../../api/capsule/labels.ts';
import type { KindFacts } from '../view/caller-view.ts';
import { nothing, type Filter } from './decision.ts';
import { filterFor } from './filter-for.ts';

/**
 * A list or a watch over all namespaces: what is in those where the caller may list. The label of its
 * tenant, which the API server puts on an object, keeps all else from being read; it is not believed,
 * because an object keeps it when its namespace leaves the tenant.
 */
export function listOverNamespaces({ listable, isAggregated }: KindFacts): Filter {
  const seen = listable.filter(({ namespaces }) => namespaces.length > 0);
  if (seen.length === 0) {
    return { kind: 'filter', requirement: nothing, ...(isAggregated && { keep: {} }) };
  }
  const values = seen.map(({ tenant }) => tenant);
  const ofTenants = { matchExpressions: [{ key: tenantObjectLabel, operator: 'In', values }] };
  const { requirement } = filterFor({ anyOf: [ofTenants] });
  const namespaces = seen.flatMap(({ namespaces: among }) => among).sort();
  return { kind: 'filter', requirement, keep: { namespaces } };
}
