import type { ResourceCheck } from '../../../api/capsule/rules/checks.ts';

/** A policy of a request or limit. */
export type Policy = ResourceCheck;

/** Where requests and limits of a pod are. */
export type ResourceTarget = 'pod' | 'pod/containers' | 'pod/initcontainers';

/** Policies of one target, of which the last of each resource is what happens. */
export function lastPolicies(checks: readonly Policy[], target: ResourceTarget): Policy[] {
  const last = new Map<string, Policy>();
  for (const check of checks) {
    if (check.targets.includes(target)) last.set(`${check.field}/${check.name}`, check);
  }
  return checks.filter((check) => last.get(`${check.field}/${check.name}`) === check);
}

/** The same in CEL, of the variable `resources`. */
export const lastPoliciesCel = (target: ResourceTarget): string =>
  `[variables.resources.filter(c, '${target}' in c.targets)].map(l, l.transformList(i, c, ` +
  `!l.exists(n, d, n > i && d.field == c.field && d.name == c.name), c))[0]`;
