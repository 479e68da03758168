import type { TenantRule } from '../../../api/capsule/rules/rule.ts';
import { expressionProblems, isTemplate, ofEach, unless, type Problem } from './problem.ts';
import { resourceProblems } from './resource-problems.ts';

type Workloads = NonNullable<TenantRule['enforce']>['workloads'];

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const qosClasses = ['Guaranteed', 'Burstable', 'BestEffort'];

const oneOf = (allowed: readonly string[]) => (value: string, path: string) =>
  unless(
    isTemplate(value) || allowed.includes(value),
    path,
    `must be one of ${allowed.join(', ')}`,
  );

/** What is wrong with rules about pods. */
export function workloadProblems(workloads: Workloads, path: string): Problem[] {
  if (!workloads) return [];
  const { registries, schedulers, qosClasses: classes, resources, targets } = workloads;
  return [
    ...ofEach(registries, `${path}.registries`, (registry, at) => [
      ...expressionProblems(registry, at),
      ...ofEach(registry.policy, `${at}.policy`, oneOf(pullPolicies)),
    ]),
    ...ofEach(schedulers, `${path}.schedulers`, expressionProblems),
    ...ofEach(classes, `${path}.qosClasses`, oneOf(qosClasses)),
    ...resourceProblems(resources, targets ?? [], `${path}.resources`),
  ];
}
