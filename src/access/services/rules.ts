import { BlockList, isIP } from 'node:net';
import type { DeniedKeys, NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import { managedTenantLabel, tenantObjectLabel } from '../../api/capsule/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { isListed, isListedCel } from '../policy/allowed.ts';
import { celTexts } from '../policy/cel.ts';
import type { Rule, Variable } from '../policy/rule.ts';

type Strings = Readonly<Record<string, string>>;

/** A Service, as far as the rules look at it. */
export interface ServiceParts {
  type: string;
  externalIPs: string[];
  labels: Strings;
  annotations: Strings;
}

/** What the rules about Services look at: what is stored already is left alone. */
export interface ServiceFacts {
  after: ServiceParts;
  before: ServiceParts;
  services: NonNullable<NamespacePolicies['services']>;
}

const nothing: ServiceParts = { type: '', externalIPs: [], labels: {}, annotations: {} };

/** Reads a Service for the rules. */
export function readService(service: KubeObject | undefined): ServiceParts {
  if (!service) return nothing;
  const { labels = {}, annotations = {} } = service.metadata;
  const { type = '', externalIPs = [] } = service['spec'] as Partial<ServiceParts>;
  return { type, externalIPs, labels, annotations };
}

const list = 'params.policies.services';
const old = (expression: string, otherwise: string) =>
  `oldObject == null ? ${otherwise} : (${expression})`;

/** The same in CEL. */
export const serviceVariables: Variable[] = [
  { name: 'type', expression: `object.spec.?type.orValue('')` },
  { name: 'oldType', expression: old(`oldObject.spec.?type.orValue('')`, "''") },
  { name: 'externalIPs', expression: `object.spec.?externalIPs.orValue([])` },
  { name: 'oldExternalIPs', expression: old(`oldObject.spec.?externalIPs.orValue([])`, '[]') },
  ...['labels', 'annotations'].flatMap((field) => [
    { name: field, expression: `object.metadata.?${field}.orValue({})` },
    { name: `old_${field}`, expression: old(`oldObject.metadata.?${field}.orValue({})`, '{}') },
  ]),
];

const typeAllowed: Rule<ServiceFacts> = {
  name: 'service-type-allowed',
  cel: `variables.type == variables.oldType || !(variables.type in ${list}.deniedTypes)`,
  holds: ({ after, before, services }) =>
    after.type === before.type || !services.deniedTypes.includes(after.type),
  message: 'Services of this type are not allowed in the tenant',
  remedy: 'allow the type in spec.serviceOptions.allowedServices of the Tenant',
  messageCel: `'Services of type ' + variables.type + ' are not allowed in the tenant'`,
  explain: ({ after }) => `Services of type ${after.type} are not allowed in the tenant`,
};

const isFineAddress =
  `i in variables.oldExternalIPs || ` +
  `(isIP(i) && ${list}.externalIPs.names.exists(n, isCIDR(n) && cidr(n).containsIP(i)))`;

const externalIPsAllowed: Rule<ServiceFacts> = {
  name: 'service-external-ips-allowed',
  cel: `!has(${list}.externalIPs) || variables.externalIPs.all(i, ${isFineAddress})`,
  holds: ({ after, before, services: { externalIPs } }) =>
    !externalIPs ||
    after.externalIPs.every(
      (address) => before.externalIPs.includes(address) || isWithin(externalIPs.names, address),
    ),
  message: 'this external IP is not allowed in the tenant',
  remedy: 'add its network to spec.serviceOptions.externalIPs.allowed of the Tenant',
  messageCel: `'external IPs of Services in the tenant are within: ' + ${list}.externalIPs.choices`,
  explain: ({ services }) =>
    `external IPs of Services in the tenant are within: ${services.externalIPs?.choices ?? ''}`,
};

function isWithin(networks: readonly string[], address: string): boolean {
  if (isIP(address) !== 4) return false;
  return networks.some((network) => {
    const [net = '', bits = ''] = network.split('/');
    if (isIP(net) !== 4) return false;
    const block = new BlockList();
    block.addSubnet(net, Number(bits));
    return block.check(address);
  });
}

/** Labels that the control plane itself puts on whatever a tenant has. */
const exempt = [tenantObjectLabel, managedTenantLabel];

/** No key is set, or set otherwise, that the tenant may not set. */
function keysAllowed(
  field: 'labels' | 'annotations',
  policy: 'forbiddenLabels' | 'forbiddenAnnotations',
): Rule<ServiceFacts> {
  const [denied, now, before] = [
    `${list}.${policy}`,
    `variables.${field}`,
    `variables.old_${field}`,
  ];
  const isBad =
    `k, !(k in ${celTexts(exempt)}) && !(k in ${before} && ${before}[k] == ${now}[k]) && ` +
    isListedCel(denied, 'k');
  const badKey = ({ after, before: old_, services }: ServiceFacts) =>
    firstDenied(services[policy], after[field], old_[field]);
  return {
    name: `service-${field}-allowed`,
    cel: `!has(${denied}) || !${now}.exists(${isBad})`,
    holds: (facts) => badKey(facts) === undefined,
    message: `one of the ${field} is forbidden on Services of the tenant`,
    remedy:
      'take the key from spec.serviceOptions.forbiddenLabels or forbiddenAnnotations of the Tenant',
    // Of several the first by name: a map has no order in the API server.
    messageCel:
      `'${field} \\'' + [${now}.filter(${isBad})].map(bad, bad.filter(a, bad.all(b, a <= b))[0])[0] + ` +
      `'\\' may not be set on Services of the tenant'`,
    explain: (facts) =>
      `${field} '${badKey(facts) ?? ''}' may not be set on Services of the tenant`,
  };
}

function firstDenied(
  denied: DeniedKeys | undefined,
  now: Strings,
  before: Strings,
): string | undefined {
  return (
    denied &&
    Object.keys(now)
      .filter((key) => !exempt.includes(key) && before[key] !== now[key] && isListed(denied, key))
      .toSorted()[0]
  );
}

/** What holds of every Service of a tenant. */
export const serviceRules = [
  typeAllowed,
  externalIPsAllowed,
  keysAllowed('labels', 'forbiddenLabels'),
  keysAllowed('annotations', 'forbiddenAnnotations'),
];
