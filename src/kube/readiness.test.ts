import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { condition, now, objectOf, readinessTable } from '../../test/support/readiness-table.ts';
import { readinessOf } from './readiness.ts';

readinessTable('example.org/v1', 'Anything', [
  ['says nothing', {}, 'Current'],
  [
    'is being deleted',
    { metadata: { deletionTimestamp: 'x' }, status: { conditions: [condition('Ready', 'True')] } },
    'Terminating',
  ],
  [
    'is behind its spec',
    { status: { observedGeneration: 1, conditions: [condition('Ready', 'True', '', 'ok')] } },
    'InProgress',
    /generation 2/,
  ],
  ['is ahead of its spec', { status: { observedGeneration: 3 } }, 'InProgress'],
  ['observed its spec', { status: { observedGeneration: 2 } }, 'Current'],
  [
    'has no generation',
    { metadata: { generation: undefined }, status: { observedGeneration: 7 } },
    'Current',
  ],
  [
    'is reconciling',
    {
      status: {
        conditions: [
          condition('Ready', 'True', '', 'r'),
          condition('Reconciling', 'True', '', 'busy'),
        ],
      },
    },
    'InProgress',
    /busy/,
  ],
  [
    'is stalled',
    {
      status: {
        conditions: [
          condition('Ready', 'False', '', 'r'),
          condition('Stalled', 'True', '', 'bad spec'),
        ],
      },
    },
    'Failed',
    /bad spec/,
  ],
  [
    'stopped reconciling',
    {
      status: {
        conditions: [condition('Reconciling', 'False'), condition('Ready', 'True', '', 'fine')],
      },
    },
    'Current',
    /fine/,
  ],
  [
    'is ready',
    { status: { conditions: [condition('Ready', 'True', '', 'fine')] } },
    'Current',
    /fine/,
  ],
  [
    'is not ready',
    { status: { conditions: [condition('Ready', 'False', '', 'why')] } },
    'InProgress',
    /why/,
  ],
  [
    'does not know',
    { status: { conditions: [condition('Ready', 'Unknown', '', 'hm')] } },
    'InProgress',
    /hm/,
  ],
  ['has conditions that are none', { status: { conditions: [null, 'x', {}, 7] } }, 'Current'],
  ['has a status that is none', { status: [] }, 'Current'],
]);

const ready = condition('Ready', 'True');
const unschedulable = condition('PodScheduled', 'False', 'Unschedulable', '0/3 nodes');
const crashing = [
  { name: 'good', state: { running: {} } },
  { name: 'bad', state: { waiting: { reason: 'CrashLoopBackOff' } } },
];
readinessTable('v1', 'Pod', [
  ['is new', {}, 'InProgress', /observed/],
  ['is pending', { status: { phase: 'Pending' } }, 'InProgress', /pending/],
  [
    'waits for a node',
    {
      metadata: { creationTimestamp: '2026-01-01T00:09:50Z' },
      status: { phase: 'Pending', conditions: [unschedulable] },
    },
    'InProgress',
    /scheduled/,
  ],
  [
    'finds no node',
    {
      metadata: { creationTimestamp: '2026-01-01T00:09:40Z' },
      status: { phase: 'Pending', conditions: [unschedulable] },
    },
    'Failed',
    /0\/3 nodes/,
  ],
  ['runs', { status: { phase: 'Running' } }, 'InProgress', /not ready/],
  ['runs and is ready', { status: { phase: 'Running', conditions: [ready] } }, 'Current'],
  [
    'crashes',
    { status: { phase: 'Running', containerStatuses: crashing } },
    'Failed',
    /containers: bad$/,
  ],
  ['ended well', { status: { phase: 'Succeeded' } }, 'Current'],
  ['ended badly', { status: { phase: 'Failed' } }, 'Current'],
  ['is beyond us', { status: { phase: 'Dreaming' } }, 'Unknown', /Dreaming/],
]);

readinessTable('batch/v1', 'Job', [
  ['was just created', {}, 'InProgress', /not started/],
  [
    'runs',
    { spec: { completions: 3 }, status: { startTime: 'x', active: 1, succeeded: 1 } },
    'InProgress',
    /1 active, 1 of 3/,
  ],
  [
    'completed',
    { status: { succeeded: 1, conditions: [condition('Complete', 'True')] } },
    'Current',
    /1 of 1/,
  ],
  [
    'failed',
    {
      status: {
        failed: 6,
        conditions: [condition('Failed', 'True', 'BackoffLimitExceeded', 'limit')],
      },
    },
    'Failed',
    /limit/,
  ],
  [
    'is suspended',
    { status: { conditions: [condition('Suspended', 'True')] } },
    'Current',
    /suspended/,
  ],
  [
    'was suspended',
    { status: { startTime: 'x', conditions: [condition('Suspended', 'False')] } },
    'InProgress',
  ],
]);

readinessTable('apiextensions.k8s.io/v1', 'CustomResourceDefinition', [
  ['was just created', {}, 'InProgress', /installing/],
  [
    'installs',
    { status: { conditions: [condition('Established', 'False', 'Installing')] } },
    'InProgress',
  ],
  [
    'is established',
    {
      status: {
        conditions: [condition('NamesAccepted', 'True'), condition('Established', 'True')],
      },
    },
    'Current',
  ],
  [
    'has a name that is taken',
    {
      status: {
        conditions: [
          condition('NamesAccepted', 'False', 'ListKindConflict', 'taken'),
          condition('Established', 'False', 'NotAccepted'),
        ],
      },
    },
    'Failed',
    /taken/,
  ],
  [
    'was not accepted',
    { status: { conditions: [condition('Established', 'False', 'NotAccepted', 'no')] } },
    'Failed',
    /no/,
  ],
]);

readinessTable('v1', 'PersistentVolumeClaim', [
  ['is new', {}, 'InProgress', /unknown/],
  ['is pending', { status: { phase: 'Pending' } }, 'InProgress', /Pending/],
  ['is bound', { status: { phase: 'Bound' } }, 'Current'],
]);

readinessTable('v1', 'Service', [
  ['is plain', { spec: { clusterIP: '10.0.0.1' } }, 'Current'],
  ['is headless', { spec: { clusterIP: 'None' } }, 'Current'],
  ['waits for a cluster IP', { spec: { type: 'LoadBalancer' } }, 'InProgress'],
  ['has a cluster IP', { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' } }, 'Current'],
]);

readinessTable('v1', 'Namespace', [
  ['is new', {}, 'InProgress'],
  ['is active', { status: { phase: 'Active' } }, 'Current'],
  [
    'ends',
    { metadata: { deletionTimestamp: 'x' }, status: { phase: 'Terminating' } },
    'Terminating',
  ],
]);

readinessTable('policy/v1', 'PodDisruptionBudget', [
  ['is observed', { status: { observedGeneration: 2 } }, 'Current'],
  ['is not observed', { status: { observedGeneration: 1 } }, 'InProgress'],
]);

describe.each([
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['batch/v1', 'CronJob'],
])('%s %s', (apiVersion, kind) => {
  test('is always current', () => {
    expect(readinessOf(objectOf(apiVersion, kind, {}), now).status).toBe('Current');
  });
});

test('a kind of another group has no built-in rules', () => {
  expect(readinessOf(objectOf('example.org/v1', 'Deployment', {}), now).status).toBe('Current');
});

test('no status, however strange, breaks the judgement or makes its message long', () => {
  const kinds = [
    'v1/Pod',
    'apps/v1/Deployment',
    'apps/v1/StatefulSet',
    'apps/v1/DaemonSet',
    'batch/v1/Job',
    'x/v1/Y',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.object(), fc.object(), (name, spec, status) => {
      const slash = name.lastIndexOf('/');
      const strange = objectOf(name.slice(0, slash), name.slice(slash + 1), { spec, status });
      expect(readinessOf(strange, now).message.length).toBeLessThanOrEqual(1024);
    }),
  );
  const long = { conditions: [condition('Ready', 'False', '', 'x'.repeat(1_000_000))] };
  expect(readinessOf(objectOf('x/v1', 'Y', { status: long }), now).message).toHaveLength(1024);
});
