import { beforeAll, expect, test } from 'vitest';
import { apply, freshNamespace, kubectlOk } from '../../../../test/support/cluster.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import type { KubeObject } from '../../../kube/object.ts';
import {
  readAmounts,
  selectAmounts,
  subtractAmounts,
  writeAmounts,
} from '../../../kube/resource-list.ts';
import { isInScopes } from './scopes.ts';
import { usageOf, type Countable } from './usage-of.ts';

/** What we count and what native quota counts are the same: every sample is created for real. */
const names = `
  pods count/pods cpu memory requests.cpu requests.memory limits.cpu limits.memory
  requests.ephemeral-storage limits.ephemeral-storage requests.example.com/gpu
  services services.nodeports services.loadbalancers count/services
  secrets count/secrets configmaps persistentvolumeclaims requests.storage
  fast.storageclass.storage.k8s.io/requests.storage
  fast.storageclass.storage.k8s.io/persistentvolumeclaims
`
  .trim()
  .split(/\s+/);
const scopes = ['Terminating', 'NotTerminating'];
let namespace: string;

const quota = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace },
  spec,
});
const quotas = async () => {
  const { items } = JSON.parse(
    await kubectlOk(['-n', namespace, 'get', 'resourcequotas', '-o', 'json']),
  ) as { items: KubeObject[] };
  return items.map((item) => ({
    spec: item['spec'] as object,
    used: readAmounts((item['status'] as { used?: object } | undefined)?.used),
  }));
};

beforeAll(async () => {
  namespace = await freshNamespace('usage');
  // What the cluster puts into each namespace is counted, too, whenever it comes.
  for (const own of ['sa/default', 'cm/kube-root-ca.crt'])
    await kubectlOk(['-n', namespace, 'wait', own, '--for=create', '--timeout=240s']);
  await apply([
    quota('all', { hard: Object.fromEntries(names.map((name) => [name, '1P'])) }),
    ...scopes.map((scope) =>
      quota(scope.toLowerCase(), { hard: { pods: 100, 'limits.cpu': '100' }, scopes: [scope] }),
    ),
  ]);
  await eventually('native quota has counted', async () =>
    (await quotas()).every(({ used }) => used.size > 0),
  );
});

const compute = { cpu: '100m', memory: '32Mi', 'ephemeral-storage': '1Gi' };
const all = (more: object = {}) => ({
  requests: { ...compute, ...more },
  limits: { ...compute, cpu: '200m', ...more },
});
const container = (name: string, resources: object = all(), more: object = {}) => ({
  name,
  image: 'image',
  resources,
  ...more,
});
const pod = (spec: object): Sample => [
  { group: '', resource: 'pods' },
  { apiVersion: 'v1', kind: 'Pod', spec: { containers: [container('a')], ...spec } },
];
const core = (resource: string, kind: string, body: object): Sample => [
  { group: '', resource },
  { apiVersion: 'v1', kind, ...body },
];
const service = (spec: object) => core('services', 'Service', { spec });
const claim = (storage: string, storageClassName: string) =>
  core('persistentvolumeclaims', 'PersistentVolumeClaim', {
    spec: {
      storageClassName,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage } },
    },
  });
type Sample = [Countable, object];
const large = { requests: { cpu: 1, memory: '1Gi' }, limits: { cpu: 2, memory: '2Gi' } };
const storage = { 'ephemeral-storage': '1Mi' };
const init = (resources: object) => ({
  requests: { ...storage, ...(resources as { requests: object }).requests },
  limits: { ...storage, ...(resources as { limits: object }).limits },
});

test.each<[string, Sample]>([
  ['a pod', pod({})],
  ['a pod of two containers', pod({ containers: [container('a'), container('b')] })],
  [
    'a pod with an extended resource',
    pod({ containers: [container('a', all({ 'example.com/gpu': 2 }))] }),
  ],
  ['a pod with a large init container', pod({ initContainers: [container('i', init(large))] })],
  [
    'a pod with a sidecar before and after an init container',
    pod({
      initContainers: [
        container('s', all(), { restartPolicy: 'Always' }),
        container('i', init(large)),
        container('t', all(), { restartPolicy: 'Always' }),
      ],
    }),
  ],
  [
    'a pod with resources of its own',
    pod({ resources: { requests: { cpu: 3 }, limits: { cpu: 4 } } }),
  ],
  ['a pod with a deadline', pod({ activeDeadlineSeconds: 60 })],
  ['a service', service({ ports: [{ port: 80 }] })],
  [
    'node ports',
    service({
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    }),
  ],
  ['a load balancer', service({ type: 'LoadBalancer', ports: [{ port: 80 }] })],
  [
    'a load balancer without node ports',
    service({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] }),
  ],
  ['a claim on storage', claim('3Gi', 'fast')],
  ['a claim on storage of another class', claim('500Mi', 'slow')],
  ['a secret', core('secrets', 'Secret', {})],
  ['a config map', core('configmaps', 'ConfigMap', {})],
])('%s', async (_, [countable, body]) => {
  const before = await quotas();
  const object = { ...body, metadata: { generateName: 'sample-', namespace } };
  const created = JSON.parse(
    await kubectlOk(['create', '-o', 'json', '-f', '-'], { input: JSON.stringify(object) }),
  ) as KubeObject;
  const ours = usageOf(countable, created);
  const after = await quotas();
  for (const [index, { spec, used }] of after.entries()) {
    const native = subtractAmounts(used, before[index]?.used ?? new Map());
    const counts = isInScopes(spec, countable, created) ? ours : new Map();
    expect(writeAmounts(selectAmounts(counts, used.keys()))).toEqual(writeAmounts(native));
  }
});
