import type { KubeObject } from '../../../kube/object.ts';
import type { RuleFacts } from '../facts.ts';
import { podSpec, type Container, type Resources } from '../pods/pod.ts';
import { aggregateRequests } from './aggregate.ts';
import { lastPolicies, type Policy } from './policies.ts';
import { limitForRatio } from './ratio.ts';
import { unitsOf } from './units.ts';

type ChangedContainers = Record<'containers' | 'initContainers', Container[] | undefined>;
type Amounts = Readonly<Record<string, string>>;

/** A new pod with the requests and limits that rules give it and take from it. */
export function mutateResources(facts: RuleFacts): KubeObject {
  const spec = podSpec(facts.object);
  const checks = facts.checks.resources ?? [];
  const changed = {
    containers: each(spec.containers, lastPolicies(checks, 'pod/containers')),
    initContainers: each(spec.initContainers, lastPolicies(checks, 'pod/initcontainers')),
    resources: spec.resources ?? {},
  };
  changed.resources = apply(changed.resources, lastPolicies(checks, 'pod'));
  const isChanged =
    changed.containers !== spec.containers ||
    changed.initContainers !== spec.initContainers ||
    !isSame(changed.resources, spec.resources ?? {});
  if (!isChanged) return facts.object;
  const hasOwn = spec.resources !== undefined || !isSame(changed.resources, {});
  return {
    ...facts.object,
    spec: {
      ...spec,
      ...(changed.containers && { containers: changed.containers }),
      ...(changed.initContainers && { initContainers: changed.initContainers }),
      ...(hasOwn && { resources: withAggregate(changed.resources, changed) }),
    },
  };
}

/** The same array when no container changes. */
function each(
  containers: Container[] | undefined,
  policies: readonly Policy[],
): Container[] | undefined {
  if (!containers) return undefined;
  const changed = containers.map((container) => {
    const before = container.resources ?? {};
    const resources = apply(before, policies);
    return isSame(before, resources) ? container : { ...container, resources };
  });
  return changed.every((container, index) => container === containers[index])
    ? containers
    : changed;
}

function apply(resources: Resources, policies: readonly Policy[]): Resources {
  const { requests = {}, limits = {} } = resources;
  const of = (field: Policy['field']) => policies.filter((policy) => policy.field === field);
  const asked = applyRequests(requests, of('requests'));
  return { ...resources, requests: asked, limits: applyLimits(limits, of('limits'), asked) };
}

function applyRequests(requests: Amounts, policies: readonly Policy[]): Amounts {
  const changed: Record<string, string> = { ...requests };
  for (const { name, policy, value } of policies) {
    if (policy === 'Remove') delete changed[name];
    if (policy === 'Default' && value !== undefined) changed[name] ??= value;
  }
  return changed;
}

function applyLimits(limits: Amounts, policies: readonly Policy[], requests: Amounts): Amounts {
  const changed: Record<string, string> = { ...limits };
  for (const policy of policies) {
    const { name } = policy;
    const limit = limitBy(policy, requests[name]);
    if (policy.policy === 'Remove') delete changed[name];
    else if (policy.policy === 'MatchRequest' && limit !== undefined) changed[name] = limit;
    else if (limit !== undefined) changed[name] ??= limit;
  }
  return changed;
}

/** The limit that a policy gives where there is none, or whatever there is. */
function limitBy({ name, policy, value, ratio = 0 }: Policy, request: string | undefined) {
  if (policy === 'Default') return value;
  if (policy === 'MatchRequest') return request;
  const isScaled = policy === 'Ratio' && request !== undefined && unitsOf(name, request) > 0n;
  return isScaled ? limitForRatio(name, request, ratio) : undefined;
}

function isSame(a: Resources, b: Resources): boolean {
  return (['requests', 'limits'] as const).every((field) => {
    const [before, after] = [a[field] ?? {}, b[field] ?? {}];
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].every((name) => before[name] === after[name]);
  });
}

/** What the pod as a whole does not ask for, but its containers do, is asked for in the sum. */
function withAggregate(
  resources: Resources,
  { containers = [], initContainers = [] }: ChangedContainers,
): Resources {
  return {
    ...resources,
    requests: {
      ...aggregateRequests({ containers, initContainers }),
      ...resources.requests,
    },
  };
}
