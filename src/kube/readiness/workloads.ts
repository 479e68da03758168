import type { KubeObject } from '../object.ts';
import {
  conditionsOf,
  current,
  failed,
  hasCondition,
  inProgress,
  intAt,
  textAt,
  type Readiness,
} from './readiness-facts.ts';

/** The value by which the Deployment controller means "no deadline". */
const noDeadline = 2 ** 31 - 1;

export function deploymentReadiness(deployment: KubeObject): Readiness {
  const conditions = conditionsOf(deployment);
  if (conditions.some(({ reason }) => reason === 'ProgressDeadlineExceeded')) {
    return failed('the progress deadline is exceeded');
  }
  const replicas = wantedReplicas(deployment);
  const { count } = counters(deployment);
  const shortage =
    below('created', count('replicas'), replicas) ??
    below('updated', count('updatedReplicas'), replicas) ??
    surplus(count('replicas'), replicas) ??
    below('available', count('availableReplicas'), count('updatedReplicas')) ??
    below('ready', count('readyReplicas'), replicas);
  if (shortage) return shortage;
  const deadline = intAt(deployment, 'spec', 'progressDeadlineSeconds') ?? noDeadline;
  const rolledOut = conditions.some(
    ({ type, status, reason }) =>
      type === 'Progressing' && status === 'True' && reason === 'NewReplicaSetAvailable',
  );
  // Without a deadline the controller never sets Progressing.
  if (deadline !== noDeadline && !rolledOut)
    return inProgress('the new ReplicaSet is not available');
  if (!hasCondition(deployment, 'Available')) return inProgress('not available');
  return current(`available, ${replicas} replicas`);
}

export function statefulSetReadiness(set: KubeObject): Readiness {
  if (textAt(set, 'spec', 'updateStrategy', 'type') === 'OnDelete') {
    return current('updated by hand (OnDelete)');
  }
  const replicas = wantedReplicas(set);
  const { count } = counters(set);
  const shortage =
    below('created', count('replicas'), replicas) ??
    below('ready', count('readyReplicas'), replicas) ??
    surplus(count('replicas'), replicas);
  if (shortage) return shortage;
  const partition = intAt(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
  if (partition !== undefined) {
    const updated = count('updatedReplicas');
    return (
      below('updated', updated, replicas - partition) ??
      current(`updated up to its partition, ${updated} replicas`)
    );
  }
  const behind = below('current', count('currentReplicas'), replicas);
  if (behind) return behind;
  const same = textAt(set, 'status', 'currentRevision') === textAt(set, 'status', 'updateRevision');
  return same ? current(`ready, ${replicas} replicas`) : inProgress('a new revision rolls out');
}

export function daemonSetReadiness(set: KubeObject): Readiness {
  // A DaemonSet its controller has seen always has both; until then its counters mean nothing.
  if (
    set.metadata.generation === undefined ||
    intAt(set, 'status', 'observedGeneration') === undefined
  ) {
    return inProgress('not observed yet');
  }
  const wanted = intAt(set, 'status', 'desiredNumberScheduled');
  if (wanted === undefined) return inProgress('not counted yet');
  const { count } = counters(set);
  return (
    below('scheduled', count('currentNumberScheduled'), wanted) ??
    below('updated', count('updatedNumberScheduled'), wanted) ??
    below('available', count('numberAvailable'), wanted) ??
    below('ready', count('numberReady'), wanted) ??
    current(`ready on ${wanted} nodes`)
  );
}

export function replicaSetReadiness(set: KubeObject): Readiness {
  if (hasCondition(set, 'ReplicaFailure')) return inProgress('pods cannot be created');
  const replicas = wantedReplicas(set);
  const { count } = counters(set);
  return (
    below('labelled', count('fullyLabeledReplicas'), replicas) ??
    below('available', count('availableReplicas'), replicas) ??
    below('ready', count('readyReplicas'), replicas) ??
    surplus(count('replicas'), replicas) ??
    current(`available, ${replicas} replicas`)
  );
}

/** The API server's default is one. */
function wantedReplicas(object: KubeObject): number {
  return intAt(object, 'spec', 'replicas') ?? 1;
}

function counters(object: KubeObject) {
  return { count: (field: string) => intAt(object, 'status', field) ?? 0 };
}

function below(what: string, have: number, want: number): Readiness | undefined {
  return have < want ? inProgress(`${what}: ${have} of ${want}`) : undefined;
}

function surplus(have: number, want: number): Readiness | undefined {
  return have > want ? inProgress(`${have - want} old replicas still to end`) : undefined;
}
