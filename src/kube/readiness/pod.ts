import { isRecord } from '../../base/json.ts';
import type { KubeObject } from '../object.ts';
import {
  conditionsOf,
  current,
  failed,
  hasCondition,
  inProgress,
  textAt,
  valueAt,
  type Readiness,
} from './readiness-facts.ts';

/** How long a pod may wait for a node before that counts as a failure. */
const scheduleWindowMs = 15_000;

export function podReadiness(pod: KubeObject, now: number): Readiness {
  const phase = textAt(pod, 'status', 'phase');
  switch (phase) {
    case 'Succeeded':
      return current('ended well');
    case 'Failed':
      // kstatus: what runs to an end has reached it; a Job says whether that was the right one.
      return current('ended, but not well');
    case 'Running':
      return runningReadiness(pod);
    case 'Pending':
      return pendingReadiness(pod, now);
    case '':
      return inProgress('not observed yet');
    default:
      return { status: 'Unknown', message: `unknown phase ${phase}` };
  }
}

function runningReadiness(pod: KubeObject): Readiness {
  if (hasCondition(pod, 'Ready')) return current('ready');
  const crashing = crashLoopingContainers(pod);
  if (crashing.length > 0) return failed(`crash-looping containers: ${crashing.join(', ')}`);
  return inProgress('running, but not ready');
}

function pendingReadiness(pod: KubeObject, now: number): Readiness {
  const unschedulable = conditionsOf(pod).find(
    ({ type, status, reason }) =>
      type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  if (!unschedulable) return inProgress('pending');
  const created = Date.parse(pod.metadata.creationTimestamp ?? '');
  if (now - created < scheduleWindowMs) return inProgress('not scheduled yet');
  return failed(`cannot be scheduled: ${unschedulable.message}`);
}

function crashLoopingContainers(pod: KubeObject): string[] {
  const statuses = valueAt(pod, 'status', 'containerStatuses');
  if (!Array.isArray(statuses)) return [];
  return statuses.filter(isRecord).flatMap(({ name, state }) => {
    const waiting = isRecord(state) && isRecord(state['waiting']) ? state['waiting'] : {};
    return waiting['reason'] === 'CrashLoopBackOff' && typeof name === 'string' ? [name] : [];
  });
}
