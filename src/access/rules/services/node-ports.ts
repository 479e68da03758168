import { celRecord } from '../../policy/cel.ts';
import type { Rule } from '../../policy/rule.ts';
import type { Asked, RuleFacts } from '../facts.ts';
import type { Topic } from '../topic.ts';
import { serviceSpec, serviceTypeCel, type ServiceSpec } from './service.ts';

/** Whether the ports of a Service are opened on nodes. */
function opensNodes({ type, allocateLoadBalancerNodePorts = true }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts);
}

const opensNodesCel =
  `(${serviceTypeCel} == 'NodePort' || (${serviceTypeCel} == 'LoadBalancer' && ` +
  `object.spec.?allocateLoadBalancerNodePorts.orValue(true)))`;

function askedPorts({ object }: RuleFacts): Asked[] {
  const spec = serviceSpec(object);
  if (!opensNodes(spec)) return [];
  return (spec.ports ?? []).map(({ nodePort = 0 }, index) => ({
    path: `spec.ports[${index}].nodePort`,
    value: nodePort === 0 ? '' : String(nodePort),
  }));
}

const askedCel =
  `!${opensNodesCel} ? [] : object.spec.?ports.orValue([]).transformList(i, p, ` +
  `${celRecord({
    path: `'spec.ports[' + string(i) + '].nodePort'`,
    value: `p.?nodePort.orValue(0) == 0 ? '' : string(p.nodePort)`,
  })})`;

/** The ports that a Service opens on nodes. */
export const nodePorts: Topic<'nodePorts'> = {
  name: 'nodePorts',
  what: 'nodePort',
  asked: askedPorts,
  askedCel,
  matches: ({ from, to }, { value }) => Number(value) >= from && Number(value) <= to,
  matchesCel: `(int(v.value) >= c.from && int(v.value) <= c.to)`,
};

/** A port that is left to the API server may be any; so where that is ruled, it must be said. */
export const portsAreGiven: Rule<RuleFacts> = {
  name: 'rules-node-ports-given',
  cel:
    `!variables.nodePorts.exists(c, c.action != 'audit') || ` +
    `variables.nodePortsAsked.all(v, v.value != '')`,
  holds: (facts) =>
    !(facts.checks.nodePorts ?? []).some(({ action }) => action !== 'audit') ||
    askedPorts(facts).every(({ value }) => value !== ''),
  message:
    'service requires explicit spec.ports[*].nodePort: a port that the cluster chooses is not allowed by namespace rule',
};
