import { celRecord } from '../../policy/cel.ts';
import type { Rule } from '../../policy/rule.ts';
import type { Asked, RuleFacts } from '../facts.ts';
import { cutText, cutTextCel } from '../shown.ts';
import type { Topic } from '../topic.ts';
import { isAddress, isNetwork, networkContains } from './networks.ts';
import { serviceSpec, serviceTypeCel } from './service.ts';

function askedAddresses({ object }: RuleFacts): Asked[] {
  const spec = serviceSpec(object);
  if (spec.type !== 'LoadBalancer') return [];
  return [
    { path: 'spec.loadBalancerIP', value: spec.loadBalancerIP ?? '' },
    ...(spec.loadBalancerSourceRanges ?? []).map((value, index) => ({
      path: `spec.loadBalancerSourceRanges[${index}]`,
      value,
    })),
  ].map(({ path, value }) => ({ path, value: value.trim() }));
}

const askedCel =
  `${serviceTypeCel} != 'LoadBalancer' ? [] : ` +
  `[${celRecord({ path: `'spec.loadBalancerIP'`, value: `object.spec.?loadBalancerIP.orValue('').trim()` })}] + ` +
  `object.spec.?loadBalancerSourceRanges.orValue([]).transformList(i, r, ` +
  `${celRecord({ path: `'spec.loadBalancerSourceRanges[' + string(i) + ']'`, value: 'r.trim()' })})`;

/** The addresses that a load balancer asks for, and those it takes traffic from. */
export const loadBalancers: Topic<'loadBalancers'> = {
  name: 'loadBalancers',
  what: 'loadBalancer CIDR',
  asked: askedAddresses,
  askedCel,
  matches: ({ cidrs }, { value }) => cidrs.some((cidr) => networkContains(cidr, value)),
  matchesCel:
    `(isIP(v.value) ? c.cidrs.exists(n, cidr(n).containsIP(v.value)) : ` +
    `isCIDR(v.value) && c.cidrs.exists(n, cidr(n).containsCIDR(v.value)))`,
};

const isRuled = ({ checks }: RuleFacts) =>
  (checks.loadBalancers ?? []).some(({ action }) => action !== 'audit');
const isRuledCel = `variables.loadBalancers.exists(c, c.action != 'audit')`;

/** Which address a load balancer gets must be said where that is ruled: another may be given to it. */
export const addressIsGiven: Rule<RuleFacts> = {
  name: 'rules-load-balancer-address',
  cel: `!(${isRuledCel}) || ${serviceTypeCel} != 'LoadBalancer' || variables.loadBalancersAsked.exists(v, v.value != '')`,
  holds: (facts) =>
    !isRuled(facts) ||
    serviceSpec(facts.object).type !== 'LoadBalancer' ||
    askedAddresses(facts).some(({ value }) => value !== ''),
  message:
    'a loadBalancer service must set spec.loadBalancerIP or spec.loadBalancerSourceRanges: without them it is not allowed by namespace rule',
};

const unreadable = (facts: RuleFacts) =>
  askedAddresses(facts).find(({ value }) => value !== '' && !isAddress(value) && !isNetwork(value));
const unreadableCel = `variables.loadBalancersAsked.filter(v, v.value != '' && !isIP(v.value) && !isCIDR(v.value))`;

/** What cannot be read could mean any address to whoever provides load balancers. */
export const addressIsReadable: Rule<RuleFacts> = {
  name: 'rules-load-balancer-readable',
  cel: `!(${isRuledCel}) || size(${unreadableCel}) == 0`,
  holds: (facts) => !isRuled(facts) || unreadable(facts) === undefined,
  message: 'loadBalancer CIDR cannot be read, and is not allowed by namespace rule',
  messageCel:
    `'loadBalancer CIDR cannot be read, and is not allowed by namespace rule: "' + ` +
    `${unreadableCel}.map(v, ${cutTextCel('v.value', 300)} + '" at ' + v.path)[0]`,
  explain(facts) {
    const { value = '', path = '' } = unreadable(facts) ?? {};
    return `${addressIsReadable.message}: "${cutText(value, 300)}" at ${path}`;
  },
};
