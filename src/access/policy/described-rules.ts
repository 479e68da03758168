import type { KubeObject } from '../../kube/object.ts';
import type { Rule } from './rule.ts';

/** On a policy: what its validations are called here, in their order, as JSON. */
export const rulesAnnotation = 'tenantry.dev/rules';

/** A rule as its policy carries it, for people who ask why something was refused. */
export interface DescribedRule {
  name: string;
  /** What the user reads. */
  message: string;
  /** How it begins, where it goes on with what was asked for and what is allowed. */
  begins?: string;
  /** What would allow it, for those who may change that. */
  remedy?: string;
}

/** The annotations of a policy that is made of these rules. */
export function describeRules<Facts>(rules: readonly Rule<Facts>[]): Record<string, string> {
  const described: DescribedRule[] = rules.map(({ name, message, messageCel, remedy }) => ({
    name,
    message,
    ...(messageCel !== undefined && { begins: beginningOf(messageCel) }),
    ...(remedy !== undefined && { remedy }),
  }));
  return { [rulesAnnotation]: JSON.stringify(described) };
}

/** The text that a message in CEL begins with: its first literal, which nothing precedes. */
function beginningOf(messageCel: string): string {
  const [, literal = ''] = /'((?:[^'\\]|\\.)*)'/.exec(messageCel) ?? [];
  return literal.replace(/\\(.)/g, '$1');
}

/** The rule of a policy that says this message; undefined when the policy is none of these. */
export function ruleThatSays(
  policies: readonly KubeObject[],
  { policy, message }: { policy: string; message: string },
): DescribedRule | undefined {
  const found = policies.find(
    ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name === policy,
  );
  const text = found?.metadata.annotations?.[rulesAnnotation] ?? '[]';
  // Written by describeRules.
  const rules = JSON.parse(text) as DescribedRule[];
  const exact = rules.find((rule) => rule.message === message);
  return exact ?? rules.find(({ begins = '' }) => begins !== '' && message.startsWith(begins));
}
