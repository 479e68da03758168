import type { ResourceQuotaSpec } from '../../../api/native/resource-quota.ts';
import { isRecord } from '../../../base/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { isBestEffort, recordIn, recordsIn } from './pod-usage.ts';
import type { Countable } from './usage-of.ts';

interface ScopeRequirement {
  scopeName: string;
  operator: string;
  values?: readonly string[] | undefined;
}

/**
 * Whether a quota counts an object, by the scopes that native quota knows for Pods. A quota with
 * scopes counts nothing but Pods.
 */
export function isInScopes(
  { scopes = [], scopeSelector }: ResourceQuotaSpec,
  { group, resource }: Countable,
  object: KubeObject,
): boolean {
  const requirements: ScopeRequirement[] = [
    ...scopes.map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(scopeSelector?.matchExpressions ?? []),
  ];
  if (requirements.length === 0) return true;
  if (group !== '' || resource !== 'pods') return false;
  return requirements.every((requirement) => isInScope(requirement, object));
}

function isInScope(requirement: ScopeRequirement, pod: KubeObject): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return hasDeadline(pod);
    case 'NotTerminating':
      return !hasDeadline(pod);
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return isOfPriority(requirement, pod);
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(pod);
    default:
      return false;
  }
}

function hasDeadline(pod: KubeObject): boolean {
  const { activeDeadlineSeconds } = recordIn(pod, 'spec');
  return typeof activeDeadlineSeconds === 'number' && activeDeadlineSeconds >= 0;
}

function isOfPriority({ operator, values = [] }: ScopeRequirement, pod: KubeObject): boolean {
  const { priorityClassName = '' } = recordIn(pod, 'spec');
  const name = typeof priorityClassName === 'string' ? priorityClassName : '';
  switch (operator) {
    case 'Exists':
      return name !== '';
    case 'DoesNotExist':
      return name === '';
    case 'In':
      return values.includes(name);
    case 'NotIn':
      return !values.includes(name);
    default:
      return false;
  }
}

/** An affinity term that names namespaces, or selects them. */
function reachesOtherNamespaces(pod: KubeObject): boolean {
  const { affinity } = recordIn(pod, 'spec');
  if (!isRecord(affinity)) return false;
  const groups = [affinity['podAffinity'], affinity['podAntiAffinity']].filter(isRecord);
  const terms = groups.flatMap((group) => [
    ...recordsIn(group['requiredDuringSchedulingIgnoredDuringExecution']),
    ...recordsIn(group['preferredDuringSchedulingIgnoredDuringExecution'])
      .map(({ podAffinityTerm }) => podAffinityTerm)
      .filter(isRecord),
  ]);
  return terms.some(
    ({ namespaces, namespaceSelector }) =>
      (Array.isArray(namespaces) && namespaces.length > 0) || namespaceSelector !== undefined,
  );
}
