import { tenantObjectLabel } from '../../api/capsule/labels.ts';
import type { LabelSelector } from '../../kube/label-selector.ts';
import type { KindFacts } from '../view/caller-view.ts';
import { nothing, type Filter } from './decision.ts';
import { filterFor } from './filter-for.ts';

/**
 * A list or a watch over all namespaces: the objects of the tenants that the caller may list in all of
 * their namespaces, by the label that the API server puts on them; of other tenants, those in the
 * namespaces where it may.
 */
export function listOverNamespaces({ listable, isAggregated }: KindFacts): Filter {
  const seen = listable.filter(({ isWhole, namespaces }) => isWhole || namespaces.length > 0);
  if (seen.length === 0) {
    return { kind: 'filter', requirement: nothing, ...(isAggregated && { keep: {} }) };
  }
  const whole = seen.filter(({ isWhole }) => isWhole);
  const parts = seen.filter(({ isWhole }) => !isWhole);
  const { requirement } = filterFor({ anyOf: [ofTenants(seen)] });
  if (parts.length === 0 && !isAggregated) return { kind: 'filter', requirement };
  return {
    kind: 'filter',
    requirement,
    keep: {
      namespaces: (isAggregated ? seen : parts).flatMap(({ namespaces }) => namespaces).sort(),
      ...(whole.length > 0 && !isAggregated && { anyOf: [ofTenants(whole)] }),
    },
  };
}

const ofTenants = (tenants: readonly { tenant: string }[]): LabelSelector => ({
  matchExpressions: [
    { key: tenantObjectLabel, operator: 'In', values: tenants.map(({ tenant }) => tenant) },
  ],
});
