import type { KubeObject } from '../../../../kube/object.ts';
import type { Attack } from '../../attack.ts';
import { creating, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import type { World } from '../../world.ts';

export const writeCluster: Attack = {
  id: 'cluster/write',
  title:
    'creates what holds in the whole cluster: webhooks, policies, kinds, volumes, classes, nodes',
  why: 'a webhook reads and changes what everybody writes; a volume reads the disk of a node',
  remedy: 'grant no tenant create on resources of the cluster',
  benchmarks: ['MTB-PL1-CC-CPI-1'],
  attempt: (world) =>
    tryAll(
      world,
      objectsOf(world).map((object) => ({ what: object.kind, send: creating(object) })),
    ),
};

function objectsOf({ run }: World): KubeObject[] {
  const admission = 'admissionregistration.k8s.io/v1';
  const crd = 'checks.example.com';
  return [
    { ...target(admission, 'ValidatingWebhookConfiguration', run), webhooks: [] },
    { ...target(admission, 'MutatingWebhookConfiguration', run), webhooks: [] },
    {
      ...target(admission, 'ValidatingAdmissionPolicyBinding', run),
      spec: { policyName: run, validationActions: ['Audit'] },
    },
    {
      ...target('apiextensions.k8s.io/v1', 'CustomResourceDefinition', crd),
      spec: {
        group: 'example.com',
        names: { plural: 'checks', singular: 'check', kind: 'Check', listKind: 'CheckList' },
        scope: 'Cluster',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object' } },
          },
        ],
      },
    },
    {
      ...target('v1', 'PersistentVolume', run),
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/etc' },
      },
    },
    { ...target('scheduling.k8s.io/v1', 'PriorityClass', run), value: 1000 },
    { ...target('storage.k8s.io/v1', 'StorageClass', run), provisioner: 'example.com/check' },
    {
      ...target('networking.k8s.io/v1', 'IngressClass', run),
      spec: { controller: 'example.com/c' },
    },
    { ...target('v1', 'Node', run), spec: {} },
  ];
}
