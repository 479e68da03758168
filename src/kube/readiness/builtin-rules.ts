import type { KubeObject } from '../object.ts';
import { podReadiness } from './pod.ts';
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
import {
  daemonSetReadiness,
  deploymentReadiness,
  replicaSetReadiness,
  statefulSetReadiness,
} from './workloads.ts';

type Rule = (object: KubeObject, now: number) => Readiness;

const always: Rule = () => current('always current');

/** Rules of kinds that do not speak in Ready, Reconciling and Stalled, by `group/kind`. */
export const builtinRules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['/ConfigMap', always],
  ['/Secret', always],
  ['/Pod', podReadiness],
  ['/Service', serviceReadiness],
  ['/PersistentVolumeClaim', claimReadiness],
  ['/Namespace', namespaceReadiness],
  ['apps/Deployment', deploymentReadiness],
  ['apps/StatefulSet', statefulSetReadiness],
  ['apps/DaemonSet', daemonSetReadiness],
  ['apps/ReplicaSet', replicaSetReadiness],
  ['batch/Job', jobReadiness],
  ['batch/CronJob', always],
  ['policy/PodDisruptionBudget', () => current('allowed disruptions are computed')],
  ['apiextensions.k8s.io/CustomResourceDefinition', definitionReadiness],
]);

/** An external address may take a cloud minutes or never come: like kstatus, not waited for. */
function serviceReadiness(service: KubeObject): Readiness {
  const pending =
    textAt(service, 'spec', 'type') === 'LoadBalancer' &&
    textAt(service, 'spec', 'clusterIP') === '';
  return pending ? inProgress('the load balancer has no cluster IP yet') : current('ready');
}

function claimReadiness(claim: KubeObject): Readiness {
  const phase = textAt(claim, 'status', 'phase');
  return phase === 'Bound' ? current('bound') : inProgress(`not bound, but ${phase || 'unknown'}`);
}

function namespaceReadiness(namespace: KubeObject): Readiness {
  const phase = textAt(namespace, 'status', 'phase');
  return phase === 'Active' ? current('active') : inProgress(`not active, but ${phase || 'new'}`);
}

function jobReadiness(job: KubeObject): Readiness {
  const parallelism = intAt(job, 'spec', 'parallelism') ?? 1;
  const wanted = intAt(job, 'spec', 'completions') ?? parallelism;
  const count = (field: string) => intAt(job, 'status', field) ?? 0;
  for (const { type, status, message } of conditionsOf(job)) {
    if (status !== 'True') continue;
    if (type === 'Complete') return current(`completed: ${count('succeeded')} of ${wanted}`);
    if (type === 'Failed') return failed(`failed: ${message || `${count('failed')} pods`}`);
    if (type === 'Suspended') return current('suspended');
  }
  if (textAt(job, 'status', 'startTime') === '') return inProgress('not started');
  return inProgress(`running: ${count('active')} active, ${count('succeeded')} of ${wanted} done`);
}

function definitionReadiness(definition: KubeObject): Readiness {
  for (const { type, status, reason, message } of conditionsOf(definition)) {
    const no = status === 'False';
    if (type === 'NamesAccepted' && no) return failed(message);
    if (type === 'Established' && no && reason !== 'Installing') return failed(message);
  }
  return hasCondition(definition, 'Established')
    ? current('established')
    : inProgress('installing');
}
