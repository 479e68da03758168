import { condition, readinessTable } from '../../../test/support/readiness-table.ts';

const deployed = {
  replicas: 2,
  updatedReplicas: 2,
  availableReplicas: 2,
  readyReplicas: 2,
  observedGeneration: 2,
};
const available = [
  condition('Available', 'True'),
  condition('Progressing', 'True', 'NewReplicaSetAvailable'),
];
readinessTable('apps/v1', 'Deployment', [
  ['was just created', { spec: { replicas: 2 } }, 'InProgress', /created: 0 of 2/],
  [
    'is available',
    {
      spec: { replicas: 2, progressDeadlineSeconds: 600 },
      status: { ...deployed, conditions: available },
    },
    'Current',
  ],
  [
    'wants none',
    { spec: { replicas: 0 }, status: { observedGeneration: 2, conditions: available } },
    'Current',
  ],
  ['wants one by default', { spec: {}, status: { observedGeneration: 2 } }, 'InProgress', /0 of 1/],
  [
    'updates',
    { spec: { replicas: 2 }, status: { ...deployed, updatedReplicas: 1 } },
    'InProgress',
    /updated: 1 of 2/,
  ],
  [
    'has old replicas',
    { spec: { replicas: 2 }, status: { ...deployed, replicas: 3 } },
    'InProgress',
    /1 old/,
  ],
  [
    'is not available yet',
    { spec: { replicas: 2 }, status: { ...deployed, availableReplicas: 1 } },
    'InProgress',
    /available: 1 of 2/,
  ],
  [
    'is not ready yet',
    { spec: { replicas: 2 }, status: { ...deployed, readyReplicas: 1 } },
    'InProgress',
    /ready: 1 of 2/,
  ],
  [
    'rolls out',
    {
      spec: { replicas: 2, progressDeadlineSeconds: 600 },
      status: { ...deployed, conditions: [condition('Available', 'True')] },
    },
    'InProgress',
    /ReplicaSet/,
  ],
  [
    'has no deadline',
    {
      spec: { replicas: 2, progressDeadlineSeconds: 2147483647 },
      status: { ...deployed, conditions: [condition('Available', 'True')] },
    },
    'Current',
  ],
  [
    'lost availability',
    {
      spec: { replicas: 2 },
      status: { ...deployed, conditions: [condition('Available', 'False')] },
    },
    'InProgress',
    /not available/,
  ],
  [
    'took too long',
    {
      spec: { replicas: 2 },
      status: {
        ...deployed,
        conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')],
      },
    },
    'Failed',
    /deadline/,
  ],
]);

const set = {
  replicas: 2,
  readyReplicas: 2,
  currentReplicas: 2,
  updatedReplicas: 2,
  currentRevision: 'a',
  updateRevision: 'a',
  observedGeneration: 2,
};
readinessTable('apps/v1', 'StatefulSet', [
  ['is ready', { spec: { replicas: 2 }, status: set }, 'Current'],
  ['was just created', { spec: { replicas: 2 } }, 'InProgress', /created/],
  [
    'waits for a pod',
    { spec: { replicas: 2 }, status: { ...set, readyReplicas: 1 } },
    'InProgress',
    /ready: 1 of 2/,
  ],
  ['shrinks', { spec: { replicas: 1 }, status: set }, 'InProgress', /1 old/],
  [
    'rolls out',
    { spec: { replicas: 2 }, status: { ...set, updateRevision: 'b' } },
    'InProgress',
    /revision/,
  ],
  [
    'has few of its revision',
    { spec: { replicas: 2 }, status: { ...set, currentReplicas: 1 } },
    'InProgress',
    /current: 1 of 2/,
  ],
  [
    'is updated by hand',
    { spec: { replicas: 2, updateStrategy: { type: 'OnDelete' } } },
    'Current',
    /by hand/,
  ],
  [
    'is short of its partition',
    {
      spec: { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
      status: { ...set, updatedReplicas: 0 },
    },
    'InProgress',
    /updated: 0 of 1/,
  ],
  [
    'reached its partition',
    {
      spec: { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
      status: { ...set, updatedReplicas: 1, updateRevision: 'b' },
    },
    'Current',
    /partition/,
  ],
]);

const daemons = {
  observedGeneration: 2,
  desiredNumberScheduled: 3,
  currentNumberScheduled: 3,
  updatedNumberScheduled: 3,
  numberAvailable: 3,
  numberReady: 3,
};
readinessTable('apps/v1', 'DaemonSet', [
  ['is ready', { status: daemons }, 'Current', /3 nodes/],
  ['has no nodes', { status: { observedGeneration: 2, desiredNumberScheduled: 0 } }, 'Current'],
  ['was not observed', { status: {} }, 'InProgress', /not observed/],
  ['was not counted', { status: { observedGeneration: 2 } }, 'InProgress', /counted/],
  [
    'is not scheduled',
    { status: { ...daemons, currentNumberScheduled: 1 } },
    'InProgress',
    /scheduled: 1 of 3/,
  ],
  [
    'updates',
    { status: { ...daemons, updatedNumberScheduled: 1 } },
    'InProgress',
    /updated: 1 of 3/,
  ],
  [
    'is not available',
    { status: { ...daemons, numberAvailable: 1 } },
    'InProgress',
    /available: 1 of 3/,
  ],
  ['is not ready', { status: { ...daemons, numberReady: 2 } }, 'InProgress', /ready: 2 of 3/],
]);

const replicas = { replicas: 1, fullyLabeledReplicas: 1, availableReplicas: 1, readyReplicas: 1 };
readinessTable('apps/v1', 'ReplicaSet', [
  ['is available', { status: replicas }, 'Current'],
  [
    'cannot create pods',
    { status: { ...replicas, conditions: [condition('ReplicaFailure', 'True')] } },
    'InProgress',
    /created/,
  ],
  [
    'lacks pods',
    { status: { ...replicas, fullyLabeledReplicas: 0 } },
    'InProgress',
    /labelled: 0 of 1/,
  ],
  [
    'is not available',
    { status: { ...replicas, availableReplicas: 0 } },
    'InProgress',
    /available/,
  ],
  ['is not ready', { status: { ...replicas, readyReplicas: 0 } }, 'InProgress', /ready/],
  ['shrinks', { spec: { replicas: 0 }, status: replicas }, 'InProgress', /1 old/],
]);
