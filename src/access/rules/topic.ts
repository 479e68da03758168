import { celRecord } from '../policy/cel.ts';
import type { Check, NamespaceChecks } from '../../api/capsule/rules/checks.ts';
import type { Rule, Variable } from '../policy/rule.ts';
import { isAddressedCel } from './audience.ts';
import type { Asked, RuleFacts } from './facts.ts';
import { cutText, cutTextCel } from './shown.ts';

type Lists = Required<NamespaceChecks>;
/** A check of a topic. */
export type CheckOf<Name extends keyof Lists> = Lists[Name][number];

/**
 * One thing that objects ask for and rules judge: of each value, the last check that matches wins.
 * If none matches, it is refused where any check allows something else.
 */
export interface Topic<Name extends keyof Lists = keyof Lists> {
  /** Of the list of checks; its variables in CEL begin with it. */
  name: Name;
  /** What the values are, in messages. */
  what: string;
  /** What an object asks for; nothing if the topic is not about it. */
  asked(facts: RuleFacts): Asked[];
  /** The same as a CEL list of maps. */
  askedCel: string;
  /** Whether a check is about a value, and whether it matches. */
  applies?(check: CheckOf<Name>, asked: Asked, facts: RuleFacts): boolean;
  matches(check: CheckOf<Name>, asked: Asked): boolean;
  /** The same of the expressions `c` and `v`. */
  appliesCel?: string;
  matchesCel: string;
  /** Values come in no order, so that of several that are refused the first path is told. */
  unordered?: boolean;
}

/** A value with the checks that are about it, and those of them that match. */
export interface Judged<C> {
  asked: Asked;
  checks: C[];
  hits: C[];
}

/** What the checks of a topic say of each value an object asks for; empty values are skipped. */
export function judge<Name extends keyof Lists>(
  topic: Topic<Name>,
  facts: RuleFacts,
): Judged<CheckOf<Name>>[] {
  const list = (facts.checks[topic.name] ?? []) as CheckOf<Name>[];
  if (list.length === 0) return [];
  return topic
    .asked(facts)
    .filter(({ value }) => value !== '')
    .map((asked) => {
      const checks = list.filter(
        (check) => check.action !== 'audit' && (topic.applies?.(check, asked, facts) ?? true),
      );
      return { asked, checks, hits: checks.filter((check) => topic.matches(check, asked)) };
    });
}

/** Whether a value is refused: denied by the last match, or matched by nothing where something is allowed. */
export function isRefused<C extends Check>({ checks, hits }: Judged<C>): boolean {
  const last = hits.at(-1);
  return last ? last.action === 'deny' : checks.some(({ action }) => action === 'allow');
}

/** The variables that a topic is judged by. */
export function topicVariables({ name, askedCel, appliesCel, matchesCel }: Topic): Variable[] {
  const mine = `params.?checks.?${name}.orValue([]).filter(c, ${isAddressedCel('c')})`;
  const about = (action: string) =>
    `variables.${name}.filter(c, c.action ${action}${appliesCel === undefined ? '' : ` && ${appliesCel}`})`;
  const asked = `(size(variables.${name}) == 0 ? [] : variables.${name}Asked.filter(v, v.value != ''))`;
  return [
    { name, expression: mine },
    { name: `${name}Asked`, expression: askedCel },
    {
      name: `${name}Judged`,
      expression:
        `${asked}.map(v, ${celRecord({ asked: 'v', checks: about("!= 'audit'") })})` +
        `.map(j, ${celRecord({
          asked: 'j.asked',
          checks: 'j.checks',
          hits: `[j.asked].map(v, j.checks.filter(c, ${matchesCel}))[0]`,
        })})`,
    },
    { name: `${name}Refused`, expression: `variables.${name}Judged.filter(j, ${isRefusedCel})` },
    {
      name: `${name}Audited`,
      expression:
        `${asked}.map(v, ${about("== 'audit'")}.filter(c, ${matchesCel})` +
        `.map(c, ${auditMessageCel(name)})).filter(l, size(l) > 0).map(l, l.join('; '))`,
    },
  ];
}

/** What the audit log gets of a topic. */
export const topicAudit = ({ name }: Topic): Variable => ({
  name,
  expression: `variables.${name}Audited.join('; ')`,
});

const last = `j.hits[size(j.hits) - 1]`;
const isRefusedCel = `size(j.hits) > 0 ? ${last}.action == 'deny' : j.checks.exists(c, c.action == 'allow')`;

const quotedCel = (value: string) => `'"' + ${cutTextCel(value, maxValue)} + '"'`;
const quoted = (value: string) => `"${cutText(value, maxValue)}"`;
const maxValue = 300;
const maxAllowed = 1000;

const auditMessageCel = (name: string) =>
  `'${name} ' + ${quotedCel('v.value')} + ' at ' + v.path + ' matched ' + c.shown`;

/** The rule that a topic's values are not refused. */
export function topicRule<Name extends keyof Lists>(topic: Topic<Name>): Rule<RuleFacts> {
  const { name, what } = topic;
  const refused = (facts: RuleFacts) =>
    judge(topic, facts).filter(isRefused).sort(byPath(topic))[0];
  const all = `variables.${name}Refused`;
  const first = topic.unordered
    ? `${all}.filter(j, ${all}.all(o, j.asked.path <= o.asked.path))[0]`
    : `${all}[0]`;
  return {
    name: `rules-${name}`,
    cel: `size(variables.${name}Refused) == 0`,
    holds: (facts) => refused(facts) === undefined,
    message: `${what} violates namespace rules`,
    remedy: 'change spec.rules of the Tenant: of the rules that match, the last one decides',
    messageCel:
      `[${first}].map(j, '${what} violates namespace rules: ' + ${quotedCel('j.asked.value')} + ' at ' + j.asked.path + ` +
      `(size(j.hits) > 0 ? ' is denied by namespace rule: ' + ${last}.shown : ` +
      `' is not allowed by namespace rule; allowed: ' + ` +
      `${cutTextCel(`j.checks.filter(c, c.action == 'allow').map(c, c.shown).join(', ')`, maxAllowed)}))[0]`,
    explain(facts) {
      const judged = refused(facts);
      return judged ? `${what} violates namespace rules: ${explain(judged)}` : '';
    },
  };
}

const byPath =
  ({ unordered = false }: Pick<Topic, 'unordered'>) =>
  (a: { asked: Asked }, b: { asked: Asked }) =>
    unordered && a.asked.path !== b.asked.path ? (a.asked.path < b.asked.path ? -1 : 1) : 0;

function explain({ asked, checks, hits }: Judged<Check & { shown?: string }>): string {
  const subject = `${quoted(asked.value)} at ${asked.path}`;
  const denial = hits.at(-1);
  if (denial) return `${subject} is denied by namespace rule: ${denial.shown}`;
  const allowed = checks.filter(({ action }) => action === 'allow').map(({ shown }) => shown);
  return `${subject} is not allowed by namespace rule; allowed: ${cutText(allowed.join(', '), maxAllowed)}`;
}
