import { celRecord } from '../policy/cel.ts';
import type { Check, NamespaceChecks } from '../../api/capsule/rules/checks.ts';
import type { Rule, Variable } from '../policy/rule.ts';
import { isAddressedCel, isPerhapsAddressedCel, isSurelyAddressedCel } from './audience.ts';
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
  /** What the values are, in messages: Capsule's words. */
  what: string;
  /** The same of one value, where that is more exact, and as CEL of `j.asked`. */
  noun?(asked: Asked): string;
  nounCel?: string;
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

/** The variables that a topic is judged by, and those that its message is made from. */
export function topicVariables({ name, askedCel, appliesCel, matchesCel }: Topic): Variable[] {
  const those = (which: (check: string) => string) =>
    `params.?checks.?${name}.orValue([]).filter(c, ${which('c')})`;
  const about = (list: string, action: string) =>
    `variables.${list}.filter(c, c.action ${action}${appliesCel === undefined ? '' : ` && ${appliesCel}`})`;
  const askedOf = (list: string) =>
    `(size(variables.${list}) == 0 ? [] : variables.${name}Asked.filter(v, v.value != ''))`;
  const judgedBy = (list: string) =>
    `${askedOf(list)}.map(v, ${celRecord({ asked: 'v', checks: about(list, "!= 'audit'") })})` +
    `.map(j, ${celRecord({
      asked: 'j.asked',
      checks: 'j.checks',
      hits: `[j.asked].map(v, j.checks.filter(c, ${matchesCel}))[0]`,
    })})`;
  return [
    { name, expression: those(isAddressedCel) },
    { name: `${name}Asked`, expression: askedCel },
    { name: `${name}Judged`, expression: judgedBy(name) },
    { name: `${name}Refused`, expression: `variables.${name}Judged.filter(j, ${isRefusedCel})` },
    { name: `${name}Perhaps`, expression: those(isPerhapsAddressedCel) },
    { name: `${name}Weighed`, expression: weighedCel(judgedBy(`${name}Perhaps`)) },
    {
      name: `${name}Audited`,
      expression:
        // An audit annotation has no authorizer, and refuses the request where it fails.
        `${askedOf(`${name}Perhaps`)}.map(v, ${about(`${name}Perhaps`, "== 'audit'")}.filter(c, ${matchesCel})` +
        `.map(c, ${auditMessageCel(name)})).filter(l, size(l) > 0).map(l, l.join('; '))`,
    },
  ];
}

/** What the audit log gets of a topic. */
export const topicAudit = ({ name }: Topic): Variable => ({
  name,
  expression: `variables.${name}Audited.join('; ')`,
});

const lastOf = (hits: string) => `${hits}[size(${hits}) - 1]`;
const isRefusedBy = (hits: string, otherwise: string) =>
  `size(${hits}) > 0 ? ${lastOf(hits)}.action == 'deny' : ${otherwise}`;
const isRefusedCel = isRefusedBy('j.hits', `j.checks.exists(c, c.action == 'allow')`);

/**
 * The API server makes messages without asking who the sender is, so of checks for a class of users it
 * is not known whether they count. A denial that matches and an allowance that does not can only refuse,
 * the others can only allow: `free` are the hits if all that can only allow counts, and what is refused
 * even so `isSure`. What could not be refused at all is left out.
 */
function weighedCel(judged: string): string {
  const hitsIf = (action: string) =>
    `j.hits.filter(c, c.action == '${action}' || ${isSurelyAddressedCel('c')})`;
  const known = `j.checks.filter(c, c.action == 'allow' && ${isSurelyAddressedCel('c')})`;
  // No check that surely counts matches then: what matches are allowances that may not count.
  const isAnyMissed = `size(j.checks.filter(c, c.action == 'allow')) > size(j.hits)`;
  return (
    `${judged}.filter(j, [${hitsIf('deny')}].exists(h, ${isRefusedBy('h', isAnyMissed)}))` +
    `.map(j, ${celRecord({ asked: 'j.asked', free: hitsIf('allow'), known })})` +
    `.map(j, ${celRecord({
      asked: 'j.asked',
      free: 'j.free',
      known: 'j.known',
      isSure: isRefusedBy('j.free', 'size(j.known) > 0'),
    })})`
  );
}

const quotedCel = (value: string) => `'"' + ${cutTextCel(value, maxValue)} + '"'`;
const quoted = (value: string) => `"${cutText(value, maxValue)}"`;
const maxValue = 300;
const maxAllowed = 1000;

const auditMessageCel = (name: string) =>
  `'${name} ' + ${quotedCel('v.value')} + ' at ' + v.path + ' matched ' + c.shown`;

/** The rule that a topic's values are not refused. */
export function topicRule<Name extends keyof Lists>(topic: Topic<Name>): Rule<RuleFacts> {
  const { name, what, nounCel = `'${what}'`, noun = () => what } = topic;
  const refused = (facts: RuleFacts) =>
    judge(topic, facts).filter(isRefused).sort(byPath(topic))[0];
  const isBefore = topic.unordered ? 'o.asked.path < j.asked.path' : 'n < i';
  const told =
    `${nounCel} + ' ' + ${quotedCel('j.asked.value')} + ' at ' + j.asked.path + ` +
    `(!j.isSure ? ' is not allowed by namespace rule' : ` +
    `size(j.free) > 0 ? ' is denied by namespace rule: ' + ${lastOf('j.free')}.shown : ` +
    `' is not allowed by namespace rule; allowed: ' + ` +
    `${cutTextCel(`j.known.map(c, c.shown).join(', ')`, maxAllowed)})`;
  return {
    name: `rules-${name}`,
    cel: `size(variables.${name}Refused) == 0`,
    holds: (facts) => refused(facts) === undefined,
    message: `${what} violates namespace rules`,
    remedy: 'change spec.rules of the Tenant: of the rules that match, the last one decides',
    // The first that is refused is among those up to the first that surely is.
    messageCel: `[variables.${name}Weighed].map(l, l.transformList(i, j, !l.exists(n, o, o.isSure && ${isBefore}), ${told}).join(', or '))[0]`,
    explain(facts) {
      const judged = refused(facts);
      return judged ? `${noun(judged.asked)} ${explain(judged)}` : '';
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
