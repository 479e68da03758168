import type { AllowedClasses, AllowedNames } from '../../../api/capsule/allowed.ts';
import type { AllowedValues } from '../../../api/capsule/namespace-policies.ts';
import { re2 } from '../../../base/re2/re2.ts';
import { selects } from '../../../kube/label-selector.ts';

/** Longest text of choices: denials are read by people, and the API server bounds them. */
const maxChoices = 600;

/** A class that exists in the cluster, as far as tenants' allow-lists ask. */
export interface ExistingClass {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** The default of the whole cluster. */
  isDefault: boolean;
  /** Of a PriorityClass. */
  value?: number;
  preemptionPolicy?: string;
}

/** An allow-list as admission reads it. */
export function allowedValues({ allowed = [], allowedRegex }: AllowedNames): AllowedValues {
  return withChoices([...new Set(allowed)], allowedRegex);
}

/** An allow-list of classes: those that its selector selects are named. A list of nothing allows nothing. */
export function allowedClasses(
  { allowed = [], allowedRegex, matchLabels = {}, matchExpressions = [] }: AllowedClasses,
  existing: readonly ExistingClass[],
  more: readonly string[] = [],
): AllowedValues {
  const selector = { matchLabels, matchExpressions };
  const isEmpty = Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
  const selected = isEmpty ? [] : existing.filter(({ labels }) => selects(selector, labels));
  const names = new Set([...allowed, ...selected.map(({ name }) => name), ...more]);
  return withChoices([...names].sort(), allowedRegex);
}

/** Existing classes that an allow-list allows; all, where there is none. */
export function allowedAmong(
  existing: readonly ExistingClass[],
  values: AllowedValues | undefined,
): string[] {
  const search = values?.pattern === undefined ? undefined : re2(values.pattern);
  return existing
    .map(({ name }) => name)
    .filter((name) => !values || values.names.includes(name) || search?.test(name))
    .sort();
}

function withChoices(names: string[], allowedRegex = ''): AllowedValues {
  const found = allowedRegex === '' ? [] : [`what matches '${allowedRegex}'`];
  return {
    names,
    ...(allowedRegex !== '' && { pattern: allowedRegex }),
    choices: choicesText([...names, ...found]),
  };
}

/** Choices in words, bounded. */
export function choicesText(choices: readonly string[]): string {
  if (choices.length === 0) return 'nothing';
  const text = choices.join(', ');
  return text.length <= maxChoices ? text : `${text.slice(0, maxChoices)}…`;
}
