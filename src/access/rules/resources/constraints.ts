import { celRecord } from '../../policy/cel.ts';
import type { Rule, Variable } from '../../policy/rule.ts';
import type { RuleFacts } from '../facts.ts';
import { podSpec, type PodSpec, type Resources } from '../pods/pod.ts';
import { parseQuantity } from '../../../kube/quantity.ts';
import type { Policy, ResourceTarget } from './policies.ts';
import { limitForRatio, limitForRatioCel } from './ratio.ts';
import { unitsCel, unitsOf } from './units.ts';

/** One request or limit that policies constrain. */
interface Constrained {
  path: string;
  resources: Resources;
  field: Policy['field'];
  name: string;
  policies: Policy[];
}

const isReset = ({ policy }: Policy) => policy === 'Preserve' || policy === 'Default';

/** What a policy that constrains asks of the resources of one place. */
function complies({ field, name, policy, ratio = 0 }: Policy, resources: Resources): boolean {
  const request = resources.requests?.[name];
  const limit = resources.limits?.[name];
  if (field === 'requests') return request === undefined;
  if (policy === 'Remove') return limit === undefined;
  if (policy === 'MatchRequest') return isEqual(limit, request);
  if (request === undefined || limit === undefined || unitsOf(name, request) <= 0n) return false;
  return nano(limit) <= nano(limitForRatio(name, request, ratio));
}

const nano = (amount: string) => parseQuantity(amount)?.nano ?? 0n;
const isEqual = (a: string | undefined, b: string | undefined) =>
  a === undefined || b === undefined ? a === b : nano(a) === nano(b);

const places: readonly { target: ResourceTarget; field: 'containers' | 'initContainers' }[] = [
  { target: 'pod/initcontainers', field: 'initContainers' },
  { target: 'pod/containers', field: 'containers' },
];

function placesOf(spec: PodSpec): { path: string; target: ResourceTarget; resources: Resources }[] {
  return [
    { path: 'spec.resources', target: 'pod', resources: spec.resources ?? {} },
    ...places.flatMap(({ target, field }) =>
      (spec[field] ?? []).map(({ resources = {} }, index) => ({
        path: `spec.${field}[${index}].resources`,
        target,
        resources,
      })),
    ),
  ];
}

/** A later Preserve or Default does away with the constraints before it. */
function constrained({ object, checks: { resources = [] } }: RuleFacts): Constrained[] {
  return placesOf(podSpec(object)).flatMap((place) =>
    resources
      .filter((check) => !isReset(check) && check.targets.includes(place.target))
      .map(({ field, name }) => {
        const about = resources.filter(
          (check) =>
            check.field === field && check.name === name && check.targets.includes(place.target),
        );
        const policies = about.slice(about.findLastIndex(isReset) + 1);
        return { ...place, field, name, policies };
      }),
  );
}

/** As of all values, the last that says something wins: an allowed policy that is kept, a denied one that is not. */
function refusalOf({ resources, policies }: Constrained): Policy | 'unmatched' | undefined {
  const decisions = policies.filter(
    (policy) =>
      policy.action !== 'audit' && complies(policy, resources) === (policy.action === 'allow'),
  );
  const last = decisions.at(-1);
  if (last) return last.action === 'deny' ? last : undefined;
  return policies.some(({ action }) => action === 'allow') ? 'unmatched' : undefined;
}

/** They change with a resize only. */
const firstRefused = (facts: RuleFacts) =>
  facts.operation === 'CREATE' || facts.subresource === 'resize'
    ? constrained(facts).find((each) => refusalOf(each) !== undefined)
    : undefined;

function explain(each: Constrained): string {
  const { field, name, path, resources } = each;
  const noun = field === 'requests' ? 'request' : 'limit';
  const subject = `workload resource violates namespace rules: ${noun} at ${path}.${field}["${name}"]`;
  const refusal = refusalOf(each);
  if (refusal === 'unmatched' || refusal === undefined) {
    return `${subject} is not allowed by namespace rule: it does not satisfy any allowed resource policy`;
  }
  return `${subject} violates policy ${refusal.policy} and is denied: ${wish(refusal, resources)}`;
}

function wish({ policy, name, ratio = 0 }: Policy, { requests, limits }: Resources): string {
  const request = requests?.[name];
  if (policy === 'Remove') return 'it must be undefined';
  if (policy === 'MatchRequest') return 'it must equal the request';
  if (request === undefined || limits?.[name] === undefined || unitsOf(name, request) <= 0n) {
    return 'it requires a request greater than zero, and a limit';
  }
  return `it must not exceed ${limitForRatio(name, request, ratio)}`;
}

const isResetCel = (check: string) => `${check}.policy in ['Preserve', 'Default']`;
const request = `p.r.requests[c.name]`;
const hasRatio = `c.name in p.r.?requests.orValue({}) && c.name in p.r.?limits.orValue({}) && ${unitsCel('c.name', request)} > 0`;
const compliesCel =
  `(c.field == 'requests' ? !(c.name in p.r.?requests.orValue({})) : ` +
  `c.policy == 'Remove' ? !(c.name in p.r.?limits.orValue({})) : ` +
  `c.policy == 'MatchRequest' ? (c.name in p.r.?requests.orValue({}) ? c.name in p.r.?limits.orValue({}) && ` +
  `quantity(p.r.limits[c.name]).compareTo(quantity(${request})) == 0 : !(c.name in p.r.?limits.orValue({}))) : ` +
  `${hasRatio} && quantity(p.r.limits[c.name]).compareTo(quantity(${limitForRatioCel('c.name', request, 'c.ratio')})) <= 0)`;

const containersCel = ({ target, field }: (typeof places)[number]) =>
  `object.spec.?${field}.orValue([]).transformList(i, o, ${celRecord({
    path: `'spec.${field}[' + string(i) + '].resources'`,
    target: `'${target}'`,
    r: 'o.?resources.orValue({})',
  })})`;

const withoutReset = `j.l.transformList(i, c, !(${isResetCel('c')}) && !j.l.exists(n, d, n > i && ${isResetCel('d')}), c)`;
const decisions = `j.l.filter(c, c.action != 'audit' && ${compliesCel} == (c.action == 'allow'))`;

/** The variables of the constraints; they need `resources`. */
export const constraintVariables: Variable[] = [
  {
    name: 'resourcePlaces',
    expression: [
      `[${celRecord({ path: `'spec.resources'`, target: `'pod'`, r: 'object.spec.?resources.orValue({})' })}]`,
      ...places.map(containersCel),
    ].join(' + '),
  },
  {
    name: 'resourcesRefused',
    expression:
      `variables.resourcePlaces.map(p, variables.resources.filter(c, !(${isResetCel('c')}) && p.target in c.targets)` +
      `.map(a, ${celRecord({ p: 'p', a: 'a', l: `variables.resources.filter(c, c.field == a.field && c.name == a.name && p.target in c.targets)` })})` +
      `.map(j, ${celRecord({ p: 'j.p', a: 'j.a', l: withoutReset })})` +
      `.map(j, ${celRecord({ p: 'j.p', a: 'j.a', l: 'j.l', d: `[j.p].map(p, ${decisions})[0]` })})` +
      `.filter(j, size(j.d) > 0 ? j.d[size(j.d) - 1].action == 'deny' : j.l.exists(c, c.action == 'allow'))` +
      `).filter(l, size(l) > 0)`,
  },
];

const firstCel = `variables.resourcesRefused[0][0]`;
const wishCel =
  `(c.policy == 'Remove' || c.field == 'requests' ? 'it must be undefined' : ` +
  `c.policy == 'MatchRequest' ? 'it must equal the request' : ` +
  `!(${hasRatio}) ? 'it requires a request greater than zero, and a limit' : ` +
  `'it must not exceed ' + ${limitForRatioCel('c.name', request, 'c.ratio')})`;

/** What the audit log gets: what does not comply with policies of audit rules that still count. */
export const resourceAudit: Variable = {
  name: 'resources',
  expression:
    `variables.resourcePlaces.map(p, variables.resources.transformList(i, c, ` +
    `c.action == 'audit' && !(${isResetCel('c')}) && p.target in c.targets && ` +
    `!variables.resources.exists(n, d, n > i && ${isResetCel('d')} && d.field == c.field && ` +
    `d.name == c.name && p.target in d.targets) && !(${compliesCel}), ` +
    `c.field + ' of ' + c.name + ' at ' + p.path + ' violate policy ' + c.policy + ': ' + ${wishCel}).join('; '))` +
    `.filter(s, s != '').join('; ')`,
};

/** Requests and limits that policies take away, match or bound are as the policies say. */
export const resourcesComply: Rule<RuleFacts> = {
  name: 'rules-resources',
  cel:
    `size(variables.resources) == 0 || (request.operation != 'CREATE' && request.?subResource.orValue('') != 'resize') || ` +
    `size(variables.resourcesRefused) == 0`,
  holds: (facts) => firstRefused(facts) === undefined,
  message: 'workload resource violates namespace rules',
  remedy: 'change spec.rules of the Tenant',
  messageCel:
    `[${firstCel}].map(j, 'workload resource violates namespace rules: ' + (j.a.field == 'requests' ? 'request' : 'limit') + ` +
    `' at ' + j.p.path + '.' + j.a.field + '["' + j.a.name + '"]' + ` +
    `(size(j.d) == 0 ? ' is not allowed by namespace rule: it does not satisfy any allowed resource policy' : ` +
    `' violates policy ' + j.d[size(j.d) - 1].policy + ' and is denied: ' + [j.p].map(p, [j.d[size(j.d) - 1]].map(c, ${wishCel})[0])[0]))[0]`,
  explain(facts) {
    const each = firstRefused(facts);
    return each ? explain(each) : '';
  },
};
