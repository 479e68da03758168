import { isQualifiedName } from './qualified-name.ts';

/** metav1.LabelSelector, as stored: any part may be missing. */
export interface LabelSelector {
  matchLabels?: Readonly<Record<string, string>> | undefined;
  matchExpressions?:
    | readonly { key: string; operator: string; values?: readonly string[] | undefined }[]
    | undefined;
}

type Labels = Readonly<Record<string, string>>;
type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/**
 * Whether a selector selects labels, as the API server decides it: all parts must hold, an empty
 * selector selects everything. An unknown operator selects nothing.
 */
export function selects(selector: LabelSelector, labels: Labels = {}): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => valueOf(labels, key) === value) &&
    matchExpressions.every((requirement) => holds(requirement, labels))
  );
}

function holds({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = valueOf(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** Labels come from the API server as JSON: a key such as `constructor` is only what is there. */
function valueOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

const labelValue = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;

/**
 * A selector as the `labelSelector` of a request; undefined when it is none, which the API server
 * would read otherwise or refuse.
 */
export function formatSelector({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): string | undefined {
  const all: Requirement[] = [
    ...Object.entries(matchLabels).map(([key, value]) => ({
      key,
      operator: 'In',
      values: [value],
    })),
    ...matchExpressions,
  ];
  const parts = all.map(formatRequirement);
  return parts.includes(undefined) ? undefined : parts.join(',');
}

function formatRequirement({ key, operator, values = [] }: Requirement): string | undefined {
  if (!isQualifiedName(key) || !values.every((value) => labelValue.test(value))) return undefined;
  const set = `(${values.join(',')})`;
  switch (operator) {
    case 'In':
      return values.length === 0 ? undefined : `${key} in ${set}`;
    case 'NotIn':
      return values.length === 0 ? undefined : `${key} notin ${set}`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return undefined;
  }
}
