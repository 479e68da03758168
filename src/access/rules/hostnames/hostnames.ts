import { celRecord } from '../../policy/cel.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Rule } from '../../policy/rule.ts';
import type { Asked, RuleFacts } from '../facts.ts';
import { matchesPattern, matchesPatternCel } from '../pattern.ts';
import type { Topic } from '../topic.ts';
import { hostname, hostnameCel } from './hostname.ts';

/** What rules read of the kinds that traffic comes in by. */
interface TrafficSpec {
  rules?: { host?: string }[];
  defaultBackend?: object;
  tls?: { hosts?: string[] }[];
  host?: string;
  listeners?: { hostname?: string }[];
  hostnames?: string[];
}

const trafficSpec = ({ spec }: KubeObject) => (spec ?? {}) as TrafficSpec;

/** Where objects of a kind name hosts. */
interface Traffic {
  group: string;
  kinds: readonly string[];
  /** In messages about objects that name none. */
  root: string;
  asked(spec: TrafficSpec): Asked[];
  askedCel: string;
}

const at = (path: string, value = '') => ({ path, value: hostname(value) });
const listCel = (field: string, path: string, value: string) =>
  `object.spec.?${field}.orValue([]).transformList(i, o, ${celRecord({ path, value: hostnameCel(value) })})`;

/**
 * Nested lists, one text for each host: its path, a space, its name. Names with other spaces are
 * none, and refused by the API server itself.
 */
const tlsCel =
  `object.spec.?tls.orValue([]).transformList(i, t, size(t.?hosts.orValue([])) == 0 ? ` +
  `'spec.tls[' + string(i) + '].hosts ' : t.hosts.transformList(j, h, ` +
  `'spec.tls[' + string(i) + '].hosts[' + string(j) + '] ' + h).join('\\n'))`;
const tlsAskedCel =
  `(size(object.spec.?tls.orValue([])) == 0 ? [] : ${tlsCel}.join('\\n').split('\\n')` +
  `.map(s, ${celRecord({
    path: `s.substring(0, s.indexOf(' '))`,
    value: hostnameCel(`s.substring(s.indexOf(' ') + 1)`),
  })}))`;

const traffics: readonly Traffic[] = [
  {
    group: 'networking.k8s.io',
    kinds: ['Ingress'],
    root: 'spec.rules[].host',
    asked: ({ rules = [], tls = [], defaultBackend }) => [
      ...(defaultBackend === undefined ? [] : [at('spec.defaultBackend')]),
      ...rules.map(({ host }, index) => at(`spec.rules[${index}].host`, host)),
      ...tls.flatMap(({ hosts = [] }, index) =>
        hosts.length === 0
          ? [at(`spec.tls[${index}].hosts`)]
          : hosts.map((host, nth) => at(`spec.tls[${index}].hosts[${nth}]`, host)),
      ),
    ],
    askedCel:
      `(object.spec.?defaultBackend.hasValue() ? [${celRecord({ path: `'spec.defaultBackend'`, value: `''` })}] : []) + ` +
      `${listCel('rules', `'spec.rules[' + string(i) + '].host'`, `o.?host.orValue('')`)} + ${tlsAskedCel}`,
  },
  {
    group: 'route.openshift.io',
    kinds: ['Route'],
    root: 'spec.host',
    asked: ({ host }) => [at('spec.host', host)],
    askedCel: `[${celRecord({ path: `'spec.host'`, value: hostnameCel(`object.spec.?host.orValue('')`) })}]`,
  },
  {
    group: 'gateway.networking.k8s.io',
    kinds: ['Gateway', 'ListenerSet'],
    root: 'spec.listeners[].hostname',
    asked: ({ listeners = [] }) =>
      listeners.map(({ hostname: name }, index) => at(`spec.listeners[${index}].hostname`, name)),
    askedCel: listCel(
      'listeners',
      `'spec.listeners[' + string(i) + '].hostname'`,
      `o.?hostname.orValue('')`,
    ),
  },
  {
    group: 'gateway.networking.k8s.io',
    kinds: ['HTTPRoute', 'TLSRoute', 'GRPCRoute'],
    root: 'spec.hostnames[]',
    asked: ({ hostnames = [] }) =>
      hostnames.map((name, index) => at(`spec.hostnames[${index}]`, name)),
    askedCel: listCel('hostnames', `'spec.hostnames[' + string(i) + ']'`, 'o'),
  },
];

const trafficOf = ({ kind: { group, kind } }: RuleFacts) =>
  traffics.find((each) => each.group === group && each.kinds.includes(kind));

const isOfCel = ({ kinds }: Traffic) =>
  `request.kind.kind in [${kinds.map((kind) => `'${kind}'`).join(', ')}]`;
/** What `of` says of the kind of the request, in CEL. */
const byKindCel = (of: (traffic: Traffic) => string, otherwise: string) =>
  traffics.reduceRight(
    (rest, traffic) => `${isOfCel(traffic)} ? ${of(traffic)} : ${rest}`,
    otherwise,
  );

function askedHostnames(facts: RuleFacts): Asked[] {
  const traffic = trafficOf(facts);
  if (!traffic) return [];
  const asked = traffic.asked(trafficSpec(facts.object));
  return asked.length > 0 ? asked : [at(traffic.root)];
}

/** The host names that traffic comes in by. */
export const hostnames: Topic<'hostnames'> = {
  name: 'hostnames',
  what: 'ingress hostname',
  asked: askedHostnames,
  applies: ({ types }, _, { kind }) => types.includes(kind.kind),
  appliesCel: `request.kind.kind in c.types`,
  askedCel: `[${byKindCel(({ askedCel }) => `(${askedCel})`, '[]')}].map(l, size(l) > 0 ? l : [${celRecord({ path: byKindCel(({ root }) => `'${root}'`, `''`), value: `''` })}])[0]`,
  matches: (check, { value }) => matchesPattern(check, value),
  matchesCel: matchesPatternCel('c', 'v.value'),
};

const missing = (facts: RuleFacts) =>
  (facts.checks.hostnames ?? []).some(
    ({ action, types }) => action !== 'audit' && types.includes(facts.kind.kind),
  )
    ? askedHostnames(facts).find(({ value }) => value === '')
    : undefined;

/** An object without a host name takes the traffic of every name. */
export const hostnameIsGiven: Rule<RuleFacts> = {
  name: 'rules-hostname-given',
  cel:
    `!variables.hostnames.exists(c, c.action != 'audit' && request.kind.kind in c.types) || ` +
    `variables.hostnamesAsked.all(v, v.value != '')`,
  holds: (facts) => missing(facts) === undefined,
  message: 'hostname is required',
  messageCel:
    `'hostname is required at ' + variables.hostnamesAsked.filter(v, v.value == '')[0].path + ` +
    `', because namespace rules say which a ' + request.kind.kind + ' may have'`,
  explain(facts) {
    const { path = '' } = missing(facts) ?? {};
    return `hostname is required at ${path}, because namespace rules say which a ${facts.kind.kind} may have`;
  },
};
