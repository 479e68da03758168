import type { ResourceRule } from '../access/policy/policy.ts';
import type { ResourceType } from '../kube/object.ts';

/** Requests that write objects of a kind of ours, in whichever version. */
export function writesOf(
  { type: { group, plural } }: { type: ResourceType },
  ...operations: ResourceRule['operations']
): ResourceRule[] {
  return [{ apiGroups: [group], apiVersions: ['*'], operations, resources: [plural] }];
}
