import type { ForbiddenKeys } from '../../api/capsule/metadata.ts';
import { re2 } from '../../base/re2/re2.ts';
import { celText, celTexts } from '../policy/cel.ts';
import type { Rule } from '../policy/rule.ts';
import { showPattern } from '../rules/shown.ts';

type Strings = Readonly<Record<string, string>>;

/** What the configuration forbids users of Capsule to set on nodes. */
export interface NodeSettings {
  /** `spec.nodeMetadata` of the CapsuleConfiguration that counts. */
  nodeMetadata?:
    | {
        forbiddenLabels?: ForbiddenKeys | undefined;
        forbiddenAnnotations?: ForbiddenKeys | undefined;
      }
    | undefined;
}

/** What the rules about nodes look at: an update by a user of Capsule. */
export interface NodeFacts {
  labels: Strings;
  annotations: Strings;
  oldLabels: Strings;
  oldAnnotations: Strings;
}

/** Whether anything at all is forbidden. */
export const forbidsAnything = ({ nodeMetadata = {} }: NodeSettings): boolean =>
  [nodeMetadata.forbiddenLabels, nodeMetadata.forbiddenAnnotations].some(
    (keys) => (keys?.denied?.length ?? 0) > 0 || (keys?.deniedRegex ?? '') !== '',
  );

/** Users of Capsule who may write nodes neither set nor change what is forbidden, nor take it off. */
export function nodeRules({ nodeMetadata = {} }: NodeSettings): Rule<NodeFacts>[] {
  return [
    keysKept('labels', nodeMetadata.forbiddenLabels),
    keysKept('annotations', nodeMetadata.forbiddenAnnotations),
  ];
}

function keysKept(
  field: 'labels' | 'annotations',
  { denied = [], deniedRegex = '' }: ForbiddenKeys = {},
): Rule<NodeFacts> {
  const [now, before] = [`variables.${field}`, `variables.old_${field}`];
  const isDeniedCel =
    deniedRegex === ''
      ? `k in ${celTexts(denied)}`
      : `(k in ${celTexts(denied)} || k.matches(${celText(deniedRegex)}))`;
  const keys = { exact: denied, negate: false, ...(deniedRegex !== '' && { exp: deniedRegex }) };
  const pattern = deniedRegex === '' ? undefined : re2(deniedRegex);
  // A pattern that cannot be read here forbids everything.
  const matches = (key: string) => deniedRegex !== '' && (pattern?.test(key) ?? true);
  return {
    name: `node-${field}-kept`,
    cel:
      `${now}.all(k, !(${isDeniedCel}) || (k in ${before} && ${before}[k] == ${now}[k])) && ` +
      `${before}.all(k, !(${isDeniedCel}) || k in ${now})`,
    holds(facts) {
      const [after, old] =
        field === 'labels'
          ? [facts.labels, facts.oldLabels]
          : [facts.annotations, facts.oldAnnotations];
      return [...Object.keys(after), ...Object.keys(old)].every(
        (key) => !(denied.includes(key) || matches(key)) || after[key] === old[key],
      );
    },
    // Known word for word to automation around Capsule, which tells as well what they are.
    message: `some ${field} are marked as forbidden on nodes: ${showPattern(keys)}`,
    remedy: 'change spec.nodeMetadata of the CapsuleConfiguration',
  };
}
