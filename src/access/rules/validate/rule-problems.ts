import type { TenantRule } from '../../../api/capsule/rules/rule.ts';
import { ingressProblems } from './ingress-problems.ts';
import { metadataProblems } from './metadata-problems.ts';
import { ofEach, unless, type Problem } from './problem.ts';
import { serviceProblems } from './service-problems.ts';
import { workloadProblems } from './workload-problems.ts';

type Rule = Pick<TenantRule, 'audience' | 'enforce'> & Partial<TenantRule>;

/**
 * What is wrong with rules beyond what their schema says, each problem with its path. `root` is where
 * the list is: `spec.rules`.
 */
export function ruleProblems(rules: readonly Rule[] | undefined, root = 'spec.rules'): Problem[] {
  return ofEach(rules, root, ({ audience, enforce, namespaceSelector }, path) => [
    ...ofEach(audience, `${path}.audience`, audienceProblems),
    ...selectorProblems(namespaceSelector, `${path}.namespaceSelector`),
    ...(enforce
      ? [
          ...workloadProblems(enforce.workloads, `${path}.enforce.workloads`),
          ...serviceProblems(enforce.services, `${path}.enforce.services`),
          ...ingressProblems(enforce.ingress, `${path}.enforce.ingress`),
          ...ofEach(enforce.metadata, `${path}.enforce.metadata`, metadataProblems),
        ]
      : []),
  ]);
}

const classes = ['CapsuleUser', 'Administrator', 'TenantOwner', 'Controller'];
const serviceAccount = /^system:serviceaccount:[^:]+:[^:]+$/;

function audienceProblems(
  { kind, name }: NonNullable<TenantRule['audience']>[number],
  path: string,
): Problem[] {
  if (kind === 'Custom') {
    return unless(classes.includes(name), `${path}.name`, `must be one of ${classes.join(', ')}`);
  }
  if (kind === 'ServiceAccount') {
    const form = 'must be system:serviceaccount:<namespace>:<name>';
    return unless(serviceAccount.test(name), `${path}.name`, form);
  }
  return unless(name.trim() !== '', `${path}.name`, 'must not be empty');
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

function selectorProblems(selector: TenantRule['namespaceSelector'], path: string): Problem[] {
  return ofEach(selector?.matchExpressions, `${path}.matchExpressions`, ({ operator }, at) =>
    unless(
      operators.includes(operator),
      `${at}.operator`,
      `must be one of ${operators.join(', ')}`,
    ),
  );
}
