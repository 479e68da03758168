import type { Check, ResourceCheck } from '../../../api/capsule/rules/checks.ts';
import type { NamespaceRule } from '../../../api/capsule/rules/rule.ts';
import { parseQuantity } from '../../../kube/quantity.ts';

type Workloads = NonNullable<NonNullable<NamespaceRule['enforce']>['workloads']>;
type Policies = NonNullable<NonNullable<Workloads['resources']>['limits']>;

/** Where requests and limits are; all of it unless targets say otherwise. */
const resourceTargets = ['pod', 'pod/containers', 'pod/initcontainers'];

/** The checks of requests and limits that a rule makes. */
export function resourceChecks(
  { targets = [], resources = {} }: Workloads,
  check: Check,
): ResourceCheck[] {
  const wanted = targets.length === 0 ? resourceTargets : targets;
  const of = (field: ResourceCheck['field'], policies: Policies = {}) =>
    Object.entries(policies).map(([name, { policy, value }]): ResourceCheck => ({
      ...check,
      field,
      name,
      policy,
      ...(policy === 'Ratio' && { ratio: thousandths(value) }),
      ...(policy === 'Default' && { value: String(value) }),
      targets: wanted.filter((target) => target !== 'pod' || isOfPods(name)),
    }));
  return [...of('requests', resources.requests), ...of('limits', resources.limits)];
}

/** Whether a pod as a whole may ask for a resource. */
export function isOfPods(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** A ratio as whole thousandths, rounded down: what is finer is refused before. */
function thousandths(value: unknown): number {
  return Number((parseQuantity(value)?.nano ?? 0n) / 1_000_000n);
}
