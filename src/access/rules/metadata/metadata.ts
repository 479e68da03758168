import { celRecord } from '../../policy/cel.ts';
import type { MetadataCheck } from '../../../api/capsule/rules/checks.ts';
import type { Rule } from '../../policy/rule.ts';
import type { Asked, RuleFacts } from '../facts.ts';
import { isFound, matchesPattern, matchesPatternCel } from '../pattern.ts';
import type { Topic } from '../topic.ts';
import { checksAbout, isAboutCel } from './about.ts';
import { isCapsuleKey, isCapsuleKeyCel } from './capsule-keys.ts';

const fields = ['labels', 'annotations'] as const;
type Field = (typeof fields)[number];
const nouns: Readonly<Record<Field, string>> = { labels: 'label', annotations: 'annotation' };

const mapOf = ({ object: { metadata } }: RuleFacts, field: Field) => metadata[field] ?? {};
const mapCel = (field: Field) => `object.metadata.?${field}.orValue({})`;

const askedOf = (facts: RuleFacts, field: Field): Asked[] =>
  Object.entries(mapOf(facts, field))
    .filter(([key]) => !isCapsuleKey(field, key))
    .map(([key, value]) => ({ path: `metadata.${field}["${key}"]`, value, field, key }));

const askedCel = (field: Field) =>
  `${mapCel(field)}.transformList(k, w, !${isCapsuleKeyCel[field]}, ` +
  `${celRecord({
    path: `'metadata.${field}["' + k + '"]'`,
    value: 'w',
    field: `'${field}'`,
    key: 'k',
  })})`;

/** Labels and annotations that have a value; rules that list none say nothing of values. */
export const metadata: Topic<'metadata'> = {
  name: 'metadata',
  what: 'metadata',
  noun: ({ field }) => `metadata ${nouns[field ?? 'labels']}`,
  nounCel: `'metadata ' + (j.asked.field == 'labels' ? '${nouns.labels}' : '${nouns.annotations}')`,
  unordered: true,
  asked: (facts) => fields.flatMap((field) => askedOf(facts, field)),
  askedCel: fields.map(askedCel).join(' + '),
  applies: (check, { field, key = '' }, facts) =>
    check.field === field &&
    check.values.length > 0 &&
    isFound(check.keyExp, key) &&
    checksAbout(facts).includes(check),
  matches: ({ values }, { value }) => values.some((pattern) => matchesPattern(pattern, value)),
  appliesCel: `c.field == v.field && size(c.values) > 0 && v.key.matches(c.keyExp) && ${isAboutCel}`,
  matchesCel: `c.values.exists(p, ${matchesPatternCel('p', 'v.value')})`,
};

/** What must be there of labels, or annotations, and is not: each key for itself. */
export function metadataIsThere(field: Field): Rule<RuleFacts> {
  const findMissing = (facts: RuleFacts): MetadataCheck | undefined => {
    const keys = askedOf(facts, field).map(({ key = '' }) => key);
    return checksAbout(facts).find(
      (check) =>
        check.required && check.field === field && !keys.some((key) => isFound(check.keyExp, key)),
    );
  };
  const missing =
    `variables.metadata.filter(c, c.required && c.field == '${field}' && ${isAboutCel} && ` +
    `!${mapCel(field)}.exists(k, k.matches(c.keyExp) && !${isCapsuleKeyCel[field]}))`;
  const noun = nouns[field];
  return {
    name: `rules-${noun}-there`,
    cel: `size(${missing}) == 0`,
    holds: (facts) => findMissing(facts) === undefined,
    message: `metadata ${noun} is required by namespace rule`,
    remedy: 'set it, or change spec.rules of the Tenant',
    messageCel: `'metadata ${noun} is required by namespace rule: metadata.${field}["' + ${missing}[0].key + '"]'`,
    explain: (facts) =>
      `metadata ${noun} is required by namespace rule: metadata.${field}["${findMissing(facts)?.key ?? ''}"]`,
  };
}
