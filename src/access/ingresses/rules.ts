import { classAllowed, classNamed, type ClassRule } from '../classes/class-rules.ts';
import { isListed, isListedCel } from '../policy/allowed.ts';
import type { Rule } from '../policy/rule.ts';
import type { IngressFacts } from './facts.ts';

const ingressClass: ClassRule<IngressFacts> = {
  kind: 'IngressClass',
  field: 'ingressClasses',
  asked: 'classes',
  before: 'oldClasses',
  of: ({ isUpdate, after, before, policies }) => ({
    isUpdate,
    asked: after.classes,
    before: before.classes,
    allowed: policies.ingressClasses,
  }),
};

const list = 'params.policies.hostnames';
const everyHost = ' (a default backend, or a rule without a host, is for every host)';
const isFine = `h in variables.oldHosts || (h != '' && ${isListedCel(list, 'h')})`;

/** Hosts are those that the tenant may serve; none is all of them. */
const hostsAllowed: Rule<IngressFacts> = {
  name: 'ingress-hosts-allowed',
  cel: `!has(${list}) || variables.hosts.all(h, ${isFine})`,
  holds: (facts) => badHost(facts) === undefined,
  message: 'a host of the Ingress is not allowed in the tenant',
  remedy:
    'add the host to spec.ingressOptions.allowedHostnames of the Tenant; ' +
    'give every rule a host, and leave spec.defaultBackend out',
  messageCel:
    `'host \\'' + variables.hosts.filter(h, !(${isFine})).map(h, ` +
    `h + '\\'' + (h == '' ? '${everyHost}' : ''))[0] + ` +
    `' is not allowed in the tenant; allowed: ' + ${list}.choices`,
  explain(facts) {
    const host = badHost(facts) ?? '';
    return (
      `host '${host}'${host === '' ? everyHost : ''} is not allowed in the tenant; ` +
      `allowed: ${facts.policies.hostnames?.choices ?? ''}`
    );
  },
};

function badHost({ after, before, policies: { hostnames } }: IngressFacts): string | undefined {
  return (
    hostnames &&
    after.hosts.find(
      (host) => !before.hosts.includes(host) && (host === '' || !isListed(hostnames, host)),
    )
  );
}

/** Wildcards take whatever names nobody else serves yet, so they are asked for. */
const wildcardsAllowed: Rule<IngressFacts> = {
  name: 'ingress-wildcards-allowed',
  cel: `params.policies.wildcardHostnames || variables.hosts.all(h, h in variables.oldHosts || !h.startsWith('*'))`,
  holds: ({ after, before, policies }) =>
    policies.wildcardHostnames ||
    after.hosts.every((host) => before.hosts.includes(host) || !host.startsWith('*')),
  message: 'wildcard hosts are not allowed in the tenant',
  remedy: 'set spec.ingressOptions.allowWildcardHostnames of the Tenant to true',
};

/** What holds of every Ingress of a tenant. */
export const ingressRules = [
  classNamed(ingressClass),
  classAllowed(ingressClass),
  wildcardsAllowed,
  hostsAllowed,
];
