import type { Condition, KubeObject } from '../../src/kube/object.ts';

/** Present only while True: their absence is the good news. */
const trueOnly = [
  'Reconciling',
  'Stalled',
  'ArtifactOutdated',
  'FetchFailed',
  'BuildFailed',
  'StorageOperationFailed',
  'IncludeUnavailable',
];
/** What cannot be so while the object is ready. */
const failures = [
  'Stalled',
  'FetchFailed',
  'BuildFailed',
  'StorageOperationFailed',
  'IncludeUnavailable',
];

/** How generic clients (`kubectl wait`, Flux, Argo) read an object's status. */
export type KstatusResult = 'Current' | 'InProgress' | 'Failed';

/** The conditions rule set of kstatus, for kinds that report Ready, Reconciling and Stalled. */
export function kstatusOf(object: KubeObject): KstatusResult {
  const { generation, observedGeneration, find } = statusOf(object);
  if (observedGeneration !== generation) return 'InProgress';
  if (find('Reconciling')?.status === 'True') return 'InProgress';
  if (find('Stalled')?.status === 'True') return 'Failed';
  return find('Ready')?.status === 'True' ? 'Current' : 'InProgress';
}

/**
 * What is wrong with the status of a reconciled object, whatever its kind and the test; empty when
 * nothing is. Every behaviour test ends with it.
 */
export function violatedInvariants(object: KubeObject): string[] {
  const { conditions, generation, observedGeneration, find } = statusOf(object);
  const ready = find('Ready')?.status;
  const isReady = ready === 'True';
  const isTrue = (type: string) => find(type)?.status === 'True';
  // Nobody looks at a suspended object: its status stays what it was.
  const isObserved = observedGeneration === generation || isSuspended(object);
  const types = conditions.map(({ type }) => type);
  const checks: [boolean, string][] = [
    [new Set(types).size === types.length, 'a condition type appears twice'],
    [ready !== undefined, 'there is no Ready condition'],
    [!(isTrue('Stalled') && isTrue('Reconciling')), 'it is stalled and reconciling at once'],
    [!isTrue('Stalled') || ready === 'False', 'it is stalled but Ready is not False'],
    [
      !isTrue('Stalled') || isObserved,
      'it is stalled for a generation that is not observed, which kstatus takes for progress',
    ],
    [!isReady || isObserved, 'it is ready for a generation that is not observed'],
    [!isReady || !isTrue('Reconciling'), 'it is ready and reconciling at once'],
    [
      isReady || isTrue('Stalled') || isTrue('Reconciling'),
      'it is neither ready, nor stalled, nor reconciling: nobody can tell what it waits for',
    ],
    [(observedGeneration ?? -1) <= generation, 'it observed a generation that does not exist'],
    [
      isSuspended(object) || (kstatusOf(object) === 'Current') === isReady,
      `kstatus reads it as ${kstatusOf(object)}`,
    ],
    ...failures.map((type): [boolean, string] => [
      !isReady || !isTrue(type),
      `it is ready although ${type} is True`,
    ]),
    ...conditions.flatMap((condition) => conditionChecks(condition, generation)),
  ];
  return checks.filter(([holds]) => !holds).map(([, says]) => says);
}

function isSuspended({ spec }: KubeObject): boolean {
  return (spec as { suspend?: boolean } | undefined)?.suspend === true;
}

function conditionChecks(condition: Condition, generation: number): [boolean, string][] {
  const { type, status, reason, message, observedGeneration, lastTransitionTime } = condition;
  return [
    [/^[A-Za-z][A-Za-z]*$/.test(type), `'${type}' is no condition type`],
    [['True', 'False', 'Unknown'].includes(status), `${type} has status '${status}'`],
    [!trueOnly.includes(type) || status === 'True', `${type} is present although it is ${status}`],
    [/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(reason), `${type} has reason '${reason}'`],
    [message !== '' && message.length <= 32768, `${type} has a message of ${message.length} bytes`],
    [!/[\r\n]$/.test(message), `${type}'s message ends in a line break`],
    [
      (observedGeneration ?? 0) <= generation,
      `${type} observed a generation that does not exist: ${observedGeneration}`,
    ],
    [!Number.isNaN(Date.parse(lastTransitionTime)), `${type} has no transition time`],
  ];
}

function statusOf(object: KubeObject) {
  // Every kind of ours has these; a missing status is an empty one.
  const status = (object['status'] ?? {}) as {
    observedGeneration?: number;
    conditions?: Condition[];
  };
  const conditions = status.conditions ?? [];
  return {
    conditions,
    generation: object.metadata.generation ?? 0,
    observedGeneration: status.observedGeneration,
    find: (type: string) => conditions.find((condition) => condition.type === type),
  };
}
