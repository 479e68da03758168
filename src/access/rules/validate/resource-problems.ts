import { isQualifiedName } from '../../../kube/qualified-name.ts';
import type { TenantRule } from '../../../api/capsule/rules/rule.ts';
import { parseQuantity } from '../../../kube/quantity.ts';
import { isOfPods } from '../normalise/resource-checks.ts';
import { isTemplate, problem, unless, type Problem } from './problem.ts';

type Workloads = NonNullable<NonNullable<TenantRule['enforce']>['workloads']>;
type Resources = Workloads['resources'];
type Policies = NonNullable<NonNullable<Resources>['limits']>;
type Policy = Policies[string];

const ratioResources = ['cpu', 'memory', 'ephemeral-storage'];
const one = 1_000_000_000n;
const grain = 1_000_000n;
const maxRatio = 1_000_000n;

/** What is wrong with policies of requests and limits. */
export function resourceProblems(
  resources: Resources,
  targets: readonly string[],
  path: string,
): Problem[] {
  if (!resources) return [];
  const foreign = targets.filter((target) => /volumes|ephemeral/.test(target));
  const context = { isPod: targets.includes('pod'), requests: resources.requests ?? {} };
  const ofField = (field: 'requests' | 'limits', policies: Policies = {}) =>
    Object.entries(policies).flatMap(([name, policy]) =>
      policyProblems(name, policy, { ...context, path: `${path}.${field}["${name}"]` }),
    );
  return [
    ...foreign.map((target) => problem(path, `the target ${target} has no requests and limits`)),
    ...ofField('requests', resources.requests),
    ...ofField('limits', resources.limits),
  ];
}

interface Context {
  path: string;
  /** The pod as a whole is meant by name. */
  isPod: boolean;
  requests: Policies;
}

function policyProblems(name: string, { policy, value }: Policy, context: Context): Problem[] {
  const { path, isPod, requests } = context;
  const needsRequest = policy === 'MatchRequest' || policy === 'Ratio';
  return [
    ...unless(isQualifiedName(name), path, 'it is no name of a resource'),
    ...unless(!isPod || isOfPods(name), path, `a pod as a whole cannot ask for ${name}`),
    ...(policy === 'Default' ? amountProblems(value, path) : []),
    ...(policy === 'Ratio' ? ratioProblems(name, value, path) : []),
    ...unless(
      !needsRequest || requests[name]?.policy !== 'Remove',
      path,
      `${policy} needs the request that is removed`,
    ),
  ];
}

function amountProblems(value: unknown, path: string): Problem[] {
  if (isTemplate(String(value))) return [];
  const amount = parseQuantity(value);
  return unless(
    amount !== undefined && amount.nano >= 0n,
    `${path}.value`,
    'must be a quantity of zero or more',
  );
}

function ratioProblems(name: string, value: unknown, path: string): Problem[] {
  const ratio = parseQuantity(value)?.nano ?? 0n;
  return [
    ...unless(
      ratioResources.includes(name),
      `${path}.policy`,
      `Ratio is for ${ratioResources.join(', ')} only`,
    ),
    ...unless(
      ratio >= one && ratio % grain === 0n && ratio <= maxRatio * one,
      `${path}.value`,
      'must be a ratio of at least 1, with at most three decimals',
    ),
  ];
}
