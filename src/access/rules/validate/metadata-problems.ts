import { isQualifiedName } from '../../../kube/qualified-name.ts';
import { re2 } from '../../../base/re2/re2.ts';
import type { TenantRule } from '../../../api/capsule/rules/rule.ts';
import { isCapsuleKey } from '../metadata/capsule-keys.ts';
import { keyExpression } from '../normalise/key-expression.ts';
import { expressionProblems, isTemplate, ofEach, unless, type Problem } from './problem.ts';

type MetadataRule = NonNullable<NonNullable<TenantRule['enforce']>['metadata']>[number];
type KeyRule = NonNullable<MetadataRule['labels']>[string];

const fields = ['labels', 'annotations'] as const;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;

/** What is wrong with rules about labels and annotations. */
export function metadataProblems(rule: MetadataRule, path: string): Problem[] {
  const entries = fields.flatMap((field) =>
    Object.entries(rule[field] ?? {}).map(([key, keyRule]) => ({ field, key, keyRule })),
  );
  const isManaged = entries.some(({ keyRule }) => keyRule.managed !== undefined);
  const isConcrete = ![...rule.kinds, ...(rule.apiGroups ?? [])].some((text) => text.includes('*'));
  return [
    ...unless(
      !isManaged || isConcrete,
      path,
      'managed metadata needs apiGroups and kinds without wildcards',
    ),
    ...ofEach(rule.kinds, `${path}.kinds`, (kind, at) =>
      unless(kind.trim() !== '', at, 'must not be empty'),
    ),
    ...entries.flatMap(({ field, key, keyRule }) =>
      keyProblems(field, key, keyRule, `${path}.${field}["${key}"]`),
    ),
  ];
}

function keyProblems(
  field: (typeof fields)[number],
  key: string,
  rule: KeyRule,
  path: string,
): Problem[] {
  const name = key.trim();
  const isPattern = /[*[\](){}+?|^$\\]/.test(name);
  const puts = [rule.default, rule.managed].filter((value) => value !== undefined);
  return [
    ...unless(
      isTemplate(name) ||
        (isPattern ? re2(keyExpression(name)) !== undefined : isQualifiedName(name)),
      path,
      'it is neither a key nor a regular expression (RE2) of keys',
    ),
    ...unless(
      puts.length === 0 || (isQualifiedName(name) && !isCapsuleKey(field, name)),
      path,
      'default and managed need one key, and none that is Capsule’s own',
    ),
    ...unless(
      field !== 'labels' || puts.every((value) => isTemplate(value) || labelValue.test(value)),
      path,
      'default and managed must be values that a label may have',
    ),
    ...ofEach(rule.values, `${path}.values`, expressionProblems),
  ];
}
