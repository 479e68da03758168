import { metadataNameLabel } from '../../api/capsule/labels.ts';
import { formatSelector, type LabelSelector } from '../../kube/label-selector.ts';
import { anything, nothing, type Filter, type Visible } from './decision.ts';

/** What is known of the objects that are listed. */
export interface Listed {
  /** They carry their own name as a label, put there by the API server. */
  areNamed?: boolean;
  /** Whoever answers may not heed selectors. */
  isUnsure?: boolean;
}

/**
 * A list of what is visible: by one label selector, where one says it; else item by item. Who may see
 * nothing gets an empty list.
 */
export function filterFor(visible: Visible, { areNamed, isUnsure }: Listed = {}): Filter {
  const requirement = requirementOf(visible, areNamed === true);
  const isExact = requirement !== undefined && !isUnsure;
  return {
    kind: 'filter',
    requirement: requirement ?? anything,
    ...(!isExact && !visible.everything && { keep: visible }),
  };
}

/** The label selector that means exactly what is visible, if there is one. */
function requirementOf(visible: Visible, areNamed: boolean): string | undefined {
  if (visible.everything) return anything;
  const { names = [], patterns = [], namespaces = [], anyOf = [] } = visible;
  if (patterns.length + namespaces.length > 0) return undefined;
  if (names.length === 0) return anyOf.length === 0 ? nothing : oneOf(anyOf);
  return areNamed ? oneOf([...anyOf, named(names)]) : undefined;
}

const named = (names: readonly string[]): LabelSelector => ({
  matchExpressions: [{ key: metadataNameLabel, operator: 'In', values: names }],
});

/** One selector that selects what any of these does; undefined where there is none. */
function oneOf(selectors: readonly LabelSelector[]): string | undefined {
  const values = new Map<string, Set<string>>();
  const others = new Set<string>();
  for (const selector of selectors) {
    const [only, ...more] = requirementsOf(selector);
    if (only?.operator === 'In' && more.length === 0) {
      const known = values.get(only.key) ?? new Set();
      for (const value of only.values ?? []) known.add(value);
      values.set(only.key, known);
    } else {
      // What cannot be written down selects nothing.
      others.add(formatSelector(selector) ?? nothing);
    }
  }
  const merged = [...values].map(([key, among]) =>
    formatSelector({ matchExpressions: [{ key, operator: 'In', values: [...among].sort() }] }),
  );
  const [only, ...more] = [...merged.map((text) => text ?? nothing), ...others];
  return more.length === 0 ? only : undefined;
}

function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector) {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => ({
      key,
      operator: 'In',
      values: [value],
    })),
    ...matchExpressions,
  ];
}
