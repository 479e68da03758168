import type { TenantRule } from '../../../api/capsule/rules/rule.ts';
import { isAddress, isNetwork } from '../services/networks.ts';
import { expressionProblems, isTemplate, ofEach, unless, type Problem } from './problem.ts';

type Services = NonNullable<TenantRule['enforce']>['services'];
const maxPort = 65_535;

/** What is wrong with rules about Services. */
export function serviceProblems(services: Services, path: string): Problem[] {
  const { loadBalancers, externalNames, nodePorts } = services ?? {};
  return [
    ...ofEach(loadBalancers?.cidrs, `${path}.loadBalancers.cidrs`, networkProblems),
    ...ofEach(externalNames?.hostnames, `${path}.externalNames.hostnames`, expressionProblems),
    ...ofEach(nodePorts?.ports, `${path}.nodePorts.ports`, ({ from, to }, at) => [
      ...unless(to <= maxPort, `${at}.to`, `must be at most ${maxPort}`),
      ...unless(from <= to, at, 'from must not be higher than to'),
    ]),
  ];
}

function networkProblems(text: string, path: string): Problem[] {
  const cidr = text.trim();
  const isFine = isTemplate(cidr) || isAddress(cidr) || isNetwork(cidr);
  return unless(isFine, path, `'${text}' is no IP address or CIDR`);
}
