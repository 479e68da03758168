import { isRecord } from '../../../base/json.ts';
import type { KubeObject } from '../../../kube/object.ts';

/** A resource of which a namespace still has objects. */
export interface RemainingKind {
  group: string;
  plural: string;
  count: number;
}

const told = /([a-z0-9-]+)\.([a-z0-9.-]*) has (\d+) resource instances/g;

/**
 * What the namespace controller says is left in a namespace that is being deleted (its condition
 * NamespaceContentRemaining names resources and counts, never names).
 */
export function remainingKinds(namespace: KubeObject): RemainingKind[] {
  const message = messageOf(namespace, 'NamespaceContentRemaining');
  return [...message.matchAll(told)].map(([, plural = '', group = '', count = '0']) => ({
    group: group.replace(/\.$/, ''),
    plural,
    count: Number(count),
  }));
}

/** What else keeps the namespace controller from its work; undefined: nothing. */
export function hindranceOf(namespace: KubeObject): string | undefined {
  const failures = [
    'NamespaceDeletionDiscoveryFailure',
    'NamespaceDeletionGroupVersionParsingFailure',
  ]
    .map((type) => messageOf(namespace, type))
    .filter((message) => message !== '');
  return failures.length === 0 ? undefined : failures.join('; ');
}

function messageOf({ status }: KubeObject, type: string): string {
  const conditions = isRecord(status) ? status['conditions'] : undefined;
  const found = (Array.isArray(conditions) ? conditions : []).find(
    (each: unknown) => isRecord(each) && each['type'] === type && each['status'] === 'True',
  ) as Record<string, unknown> | undefined;
  const message = found?.['message'];
  return typeof message === 'string' ? message : '';
}
