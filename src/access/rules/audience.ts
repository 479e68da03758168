import type { Check, NamespaceChecks } from '../../api/capsule/rules/checks.ts';
import type { Variable } from '../policy/rule.ts';

/** Classes of users that an audience of kind `Custom` names, each as a CEL expression. */
export type ClassExpressions = Readonly<Record<AudienceClass, string>>;
export type AudienceClass = 'CapsuleUser' | 'Administrator' | 'TenantOwner' | 'Controller';

/** Who sends a request. */
export interface RuleSender {
  username: string;
  groups: readonly string[];
  isOf(audience: AudienceClass): boolean;
}

/** Whether a check is about requests of a sender. */
export function isAddressed({ audience }: Check, sender: RuleSender): boolean {
  if (!audience) return true;
  return (
    audience.users.includes(sender.username) ||
    audience.groups.some((group) => sender.groups.includes(group)) ||
    audience.classes.some((each) => sender.isOf(each as AudienceClass))
  );
}

/** The same in CEL, of a check that is an expression; needs {@link audienceVariables}. */
export const isAddressedCel = (check: string): string =>
  `(${isSurelyAddressedCel(check)} || ` +
  `${check}.audience.classes.exists(k, ${classes.map((each) => `(k == '${each}' && variables.is${each})`).join(' || ')}))`;

/** Whether a check is about the sender's requests whatever classes it is of; needs no authorizer. */
export const isSurelyAddressedCel = (check: string): string =>
  `(!has(${check}.audience) || request.userInfo.username in ${check}.audience.users || ` +
  `${check}.audience.groups.exists(g, g in request.userInfo.?groups.orValue([])))`;

/** Whether a check may be about the sender's requests, if it is of the right class; needs no authorizer. */
export const isPerhapsAddressedCel = (check: string): string =>
  `(${isSurelyAddressedCel(check)} || size(${check}.audience.classes) > 0)`;

const classes: readonly AudienceClass[] = [
  'CapsuleUser',
  'Administrator',
  'TenantOwner',
  'Controller',
];

/** One variable for each class: asked once a request, and only if an audience names it. */
export function audienceVariables(expressions: ClassExpressions): Variable[] {
  return classes.map((each) => ({ name: `is${each}`, expression: expressions[each] }));
}

/** The checks that are about requests of a sender. */
export function checksFor(checks: NamespaceChecks, sender: RuleSender): NamespaceChecks {
  const entries = Object.entries(checks).map(([name, list]) => [
    name,
    (list as Check[]).filter((check) => isAddressed(check, sender)),
  ]);
  return Object.fromEntries(entries) as NamespaceChecks;
}
