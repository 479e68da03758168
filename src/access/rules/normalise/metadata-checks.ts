import type { Check, MetadataCheck } from '../../../api/capsule/rules/checks.ts';
import type { NamespaceRule } from '../../../api/capsule/rules/rule.ts';
import { isCapsuleKey } from '../metadata/capsule-keys.ts';
import { cutText, showPattern } from '../shown.ts';
import { keyExpression } from './key-expression.ts';
import { patternOf } from './pattern-of.ts';
import { isOfNamespaces, targetExpression } from './target-expression.ts';

type MetadataRule = NonNullable<NonNullable<NamespaceRule['enforce']>['metadata']>[number];
type KeyRule = NonNullable<MetadataRule['labels']>[string];

/** The checks of labels and annotations that a rule makes; none of those that are Capsule's own. */
export function metadataChecks(rule: MetadataRule, check: Check): MetadataCheck[] {
  const target = targetExpression(rule);
  const ofNamespaces = isOfNamespaces(rule);
  return (['labels', 'annotations'] as const).flatMap((field) =>
    Object.entries(rule[field] ?? {})
      .filter(([key]) => !isCapsuleKey(field, key))
      .map(([key, keyRule]) => ({
        ...check,
        field,
        target,
        ofNamespaces,
        ...ofKey(key.trim(), keyRule, check),
      })),
  );
}

function ofKey(key: string, rule: KeyRule, { action }: Check) {
  const values = (rule.values ?? []).map(patternOf);
  return {
    key,
    keyExp: keyExpression(key),
    required: rule.required && action === 'allow',
    values,
    shown: cutText(values.map(showPattern).join(', '), 200),
    ...(rule.default !== undefined && { default: rule.default }),
    ...(rule.managed !== undefined && { managed: rule.managed }),
  };
}
