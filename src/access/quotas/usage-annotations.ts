import { createHash } from 'node:crypto';
import type { KubeObject } from '../../kube/object.ts';
import { readAmounts, writeAmounts, type Amounts } from '../../kube/resource-list.ts';

const prefixes = {
  used: 'quota.capsule.clastix.io/used-',
  hard: 'quota.capsule.clastix.io/hard-',
} as const;
/** Capsule counts the prefix in. */
const maxLength = 63;

/**
 * What the whole tenant uses of a quota and may use, on the quota of each of its namespaces: who may
 * read nothing but one namespace sees it there. Keys are Capsule's.
 */
export function usageAnnotations(used: Amounts, hard: Amounts): Record<string, string> {
  return Object.fromEntries(
    (['used', 'hard'] as const).flatMap((what) =>
      Object.entries(writeAmounts(what === 'used' ? used : hard)).map(([resource, amount]) => [
        annotationFor(what, resource),
        amount,
      ]),
    ),
  );
}

/** What the whole tenant may use, as the quota of one of its namespaces says; nothing if it is no share. */
export const tenantLimit = (quota: KubeObject): Amounts => told('hard', quota);

/** What the whole tenant uses of what the quota is a share of; at most ten seconds late. */
export const tenantUse = (quota: KubeObject): Amounts => told('used', quota);

function told(what: keyof typeof prefixes, { metadata, spec }: KubeObject): Amounts {
  const { hard } = (spec ?? {}) as { hard?: object };
  const { annotations = {} } = metadata;
  return readAmounts(
    Object.fromEntries(
      Object.keys(hard ?? {}).flatMap((resource) => {
        const amount = annotations[annotationFor(what, resource)];
        return amount === undefined ? [] : [[resource, amount]];
      }),
    ),
  );
}

function annotationFor(what: keyof typeof prefixes, resource: string): string {
  const name = resource.replaceAll('/', '_');
  const plain = prefixes[what] + name;
  if (plain.length <= maxLength) return plain;
  return prefixes[what] + createHash('md5').update(name).digest('hex');
}
