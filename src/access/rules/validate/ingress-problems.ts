import type { TenantRule } from '../../../api/capsule/rules/rule.ts';
import { expressionProblems, ofEach, unless, type Problem } from './problem.ts';

type Ingress = NonNullable<TenantRule['enforce']>['ingress'];

/** What is wrong with rules about host names. */
export function ingressProblems(ingress: Ingress, path: string): Problem[] {
  const { types = [], hostnames = [] } = ingress ?? {};
  const isPaired = types.length > 0 === hostnames.length > 0;
  const missing = types.length > 0 ? 'hostnames' : 'types';
  return [
    ...unless(isPaired, `${path}.${missing}`, 'types and hostnames must be set together'),
    ...ofEach(hostnames, `${path}.hostnames`, expressionProblems),
  ];
}
