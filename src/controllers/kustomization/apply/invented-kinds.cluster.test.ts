import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import type { KubeObject } from '../../../kube/object.ts';

/** What one tenant's CRDs say of kinds, and what that does to a neighbour: nothing. */
let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

interface Names {
  group: string;
  kind: string;
  plural: string;
}

function definition({ group, kind, plural }: Names): string {
  const schema = {
    openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
}

const instance = ({ group, kind }: Names, name: string) =>
  JSON.stringify({ apiVersion: `${group}/v1`, kind, metadata: { name }, spec: {} });

const policy = (name: string) =>
  JSON.stringify({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  });
const readPolicy = (key: { namespace: string; name: string }) =>
  harness.read('networking.k8s.io/v1', 'NetworkPolicy', key);

it("a CRD that lies about a kind of Kubernetes' own blinds no neighbour to objects of that kind", async () => {
  const attacker = await harness.tenant('attacker');
  const lie = { group: 'networking.k8s.io', kind: 'NetworkPolicy', plural: 'ingresses' };
  await harness.publish(
    { 'crd.yaml': definition(lie), 'policy.yaml': policy('mine') },
    { namespace: attacker },
  );
  await harness.deploy(attacker, 'apps');
  await harness.failed(attacker, 'apps', 'ReconciliationFailed');

  const namespace = await harness.tenant('victim');
  const files = { 'a.yaml': policy('a'), 'b.yaml': policy('b') };
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps', { wait: true });
  await harness.ready(namespace, 'apps');
  const type = await harness.type('networking.k8s.io/v1', 'NetworkPolicy');
  const body = { spec: { policyTypes: ['Egress'] } };
  await harness.admin.patch(type, { namespace, name: 'a' }, { type: 'merge', body });
  await expect
    .poll(async () => ((await readPolicy({ namespace, name: 'a' })) as KubeObject)['spec'])
    .toMatchObject({ policyTypes: ['Ingress'] });
  const revision = await harness.publish({ 'a.yaml': policy('a') }, { namespace });
  await harness.ready(namespace, 'apps', revision);
  await harness.gone('networking.k8s.io/v1', 'NetworkPolicy', { namespace, name: 'b' });
});

it('kinds that only a build speaks of are watched for nobody', async () => {
  const namespace = await harness.tenant('attacker');
  const group = `${namespace}.example.org`;
  const kinds = Array.from({ length: 20 }, (_, index): Names => {
    return { group, kind: `Invented${index}`, plural: `invented${index}` };
  });
  const files = kinds.map((kind) => [
    [`${kind.plural}/crd.yaml`, definition(kind)],
    [`${kind.plural}/object.yaml`, instance(kind, 'x')],
  ]);
  await harness.publish(
    { ...Object.fromEntries(files.flat()), 'c.yaml': configMap('c', {}) },
    { namespace },
  );
  await harness.deploy(namespace, 'apps');
  await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect([...harness.watched].filter((resource) => resource.endsWith(group))).toEqual([]);
  expect([...harness.watched]).toContain('configmaps');
});
