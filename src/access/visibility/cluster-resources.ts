import type { ClusterResource } from '../../api/capsule/cluster-resource.ts';
import { formatSelector, type LabelSelector } from '../../kube/label-selector.ts';

/** What is asked for, as far as rules about cluster-scoped objects tell it apart. */
export interface AskedKind {
  /** The core group is empty. */
  group: string;
  version: string;
  /** Plural name. */
  resource: string;
}

/** Selectors of the objects that rules show, OR-ed; each selects something in particular. */
export function shownBy(
  rules: readonly ClusterResource[],
  asked: AskedKind,
  operation: 'List' | 'Get',
): LabelSelector[] {
  return rules
    .filter((rule) => isAbout(rule, asked) && allows(rule, operation))
    .map(({ selector }) => selector)
    .filter((selector) => Boolean(formatSelector(selector)));
}

/** Whoever may list may read one. */
function allows({ operations }: ClusterResource, operation: 'List' | 'Get'): boolean {
  return operations.includes('List') || operations.includes(operation);
}

/** Whether a rule is about a kind, and version where it names one. */
export function isAbout(
  { apiGroups, resources }: Pick<ClusterResource, 'apiGroups' | 'resources'>,
  { group, version, resource }: AskedKind,
): boolean {
  return (
    resources.some((name) => name === '*' || name === resource) &&
    apiGroups.some(
      (pattern) =>
        pattern === '*' ||
        isLike(pattern.includes('/') ? `${group}/${version}` : group, pattern.split('*')),
    )
  );
}

/** Whether a text is made of these parts in this order, with anything between them. */
function isLike(text: string, [first = '', ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of others) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

/** What is wrong with rules, as the fields that say it below `path`; a selector that selects nothing by mistake. */
export function ruleProblems(rules: readonly ClusterResource[] | undefined, path: string) {
  return (rules ?? []).flatMap(({ selector }, index) =>
    formatSelector(selector) === undefined
      ? [`${path}[${index}].selector is no label selector: check its keys, operators and values`]
      : [],
  );
}
