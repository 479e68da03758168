import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, freshName, kubectl, kubectlOk } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import type { KubeObject } from '../../kube/object.ts';
import { managedPolicies } from './managed.ts';
import { replicationPolicies } from '../replications/policies.ts';
import { metadataPolicies, statusMetadataPolicies } from './metadata.ts';

/** The first ring, with no process of ours anywhere. */
let ring: FirstRing;
let namespace: string;
const attackers: [string, () => { as: string; asGroups?: string[] }][] = [
  ['a user', () => ({ as: ring.user })],
  ['a member of a group', () => ({ as: freshName('bob'), asGroups: [ring.group] })],
  ['a ServiceAccount', () => ({ as: `system:serviceaccount:${namespace}:robot` })],
];

beforeAll(async () => {
  ring = await firstRing((configuration) => [
    ...metadataPolicies(),
    ...statusMetadataPolicies(),
    ...managedPolicies(configuration),
    ...replicationPolicies(),
  ]);
  namespace = await ring.namespace({});
});
afterAll(() => ring?.client.close());

const labelsOf = async (...args: string[]) =>
  (JSON.parse(await kubectlOk(['-n', namespace, 'get', ...args, '-o', 'json'])) as KubeObject)
    .metadata.labels ?? {};
const forTenant = () => ({
  'capsule.clastix.io/managed-by': ring.tenant,
  'projectcapsule.dev/tenant': ring.tenant,
});

describe('an object in a namespace of a tenant', () => {
  test('is labelled with the tenant, whatever its writer says', async () => {
    const forged = { 'capsule.clastix.io/managed-by': 'gas', 'projectcapsule.dev/tenant': 'gas' };
    const configMap = (name: string, labels?: object) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels },
    });
    await apply([configMap('plain'), configMap('forged', { ...forged, team: 'a' })], {
      as: ring.user,
    });
    expect(await labelsOf('configmap', 'plain')).toEqual(forTenant());
    expect(await labelsOf('configmap', 'forged')).toEqual({ ...forTenant(), team: 'a' });
    for (const type of ['merge', 'json', 'strategic']) {
      const body =
        type === 'json'
          ? [{ op: 'remove', path: '/metadata/labels' }]
          : { metadata: { labels: { ...forged, 'projectcapsule.dev/tenant': null } } };
      const patch = ['--type', type, '-p', JSON.stringify(body)];
      await kubectlOk(['-n', namespace, 'patch', 'configmap', 'plain', ...patch], {
        as: ring.user,
      });
      expect(await labelsOf('configmap', 'plain')).toMatchObject(forTenant());
    }
  });

  test('is labelled when a controller of the cluster makes it, too', async () => {
    await eventually('the ServiceAccount of a new namespace', async () => {
      const fresh = await ring.namespace();
      const { stdout } = await kubectl(['-n', fresh, 'get', 'sa,cm', '-o', 'json']);
      const { items } = JSON.parse(stdout) as { items: KubeObject[] };
      const kinds = items.map(({ kind }) => kind).sort();
      if (kinds.length < 2) return false;
      expect(kinds).toEqual(['ConfigMap', 'ServiceAccount']);
      for (const { metadata } of items) expect(metadata.labels).toMatchObject(forTenant());
      return true;
    });
  });

  test('that went with its namespace to another tenant is labelled with that by its next change', async () => {
    const label = 'capsule.clastix.io/tenant';
    const moved = await ring.namespace({}, { [label]: 'gas' });
    await kubectlOk(['-n', moved, 'create', 'configmap', 'old']);
    const labelled = async () => {
      const found = await kubectlOk(['-n', moved, 'get', 'configmap', 'old', '-o', 'json']);
      return (JSON.parse(found) as KubeObject).metadata.labels;
    };
    expect(await labelled()).toMatchObject({ 'projectcapsule.dev/tenant': 'gas' });
    await kubectlOk(['label', 'namespace', moved, `${label}=${ring.tenant}`, '--overwrite']);
    await eventually('it is labelled anew', async () => {
      const rules = ['-n', moved, 'label', 'rulestatus', '--all', '--overwrite'];
      await kubectlOk([...rules, `projectcapsule.dev/tenant=${ring.tenant}`]);
      const change = ['annotate', 'configmap', 'old', `at=${freshName('a')}`, '--overwrite'];
      await kubectlOk(['-n', moved, ...change], { as: ring.user });
      expect(await labelled()).toEqual(forTenant());
      return true;
    });
  });

  test('keeps these labels when its status is written', async () => {
    await apply([{ ...quota('told'), spec: { hard: { pods: '3' } } }], { as: ring.user });
    const labels = { 'projectcapsule.dev/tenant': 'gas' };
    const target = ['-n', namespace, 'patch', 'quota', 'told', '--subresource=status'];
    const patch = (metadata: object, status: object) => {
      const body = ['--type=merge', '-p', JSON.stringify({ metadata, status })];
      return kubectl([...target, ...body], { as: ring.user });
    };
    for (const wanted of [labels, { 'capsule.clastix.io/managed-by': null }]) {
      expect(await patch({ labels: wanted }, {})).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('its status does not change them'),
      });
    }
    expect(await patch({ labels: { own: 'x' } }, { used: { pods: '1' } })).toMatchObject({
      code: 0,
    });
  });

  test('is left as it is elsewhere', async () => {
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: freshName('free') } }]);
    const name = freshName('plain');
    await kubectlOk(['-n', 'default', 'create', 'configmap', name]);
    const { stdout } = await kubectl(['-n', 'default', 'get', 'configmap', name, '-o', 'json']);
    expect((JSON.parse(stdout) as KubeObject).metadata.labels).toBeUndefined();
  });
});

const managed = { 'projectcapsule.dev/managed-by': 'controller' };
const quota = (name: string, labels?: object) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace, labels },
  spec: { hard: { pods: '3' } },
});
const refused = { code: 1, stderr: expect.stringContaining('changed by changing the Tenant') };

describe.each(attackers)('a managed object, against %s', (_, attacker) => {
  const attempt = (args: string[], input?: object) =>
    kubectl(['-n', namespace, ...args], {
      ...attacker(),
      ...(input && { input: JSON.stringify(input) }),
    });
  beforeAll(async () => {
    await apply([quota('managed', managed), quota('own')]);
  });

  test('is not made, nor claimed', async () => {
    expect(await attempt(['create', '-f', '-'], quota(freshName('fake'), managed))).toMatchObject(
      refused,
    );
    expect(
      await attempt(['label', 'quota', 'own', 'projectcapsule.dev/managed-by=controller']),
    ).toMatchObject(refused);
  });

  test.each(['merge', 'json', 'strategic'])('is not changed by %s', async (type) => {
    const body =
      type === 'json'
        ? [{ op: 'replace', path: '/spec/hard/pods', value: '300' }]
        : { spec: { hard: { pods: '300' } } };
    const patch = ['--type', type, '-p', JSON.stringify(body)];
    expect(await attempt(['patch', 'quota', 'managed', ...patch])).toMatchObject(refused);
  });

  test('does not lose its label first', async () => {
    expect(
      await attempt(['label', 'quota', 'managed', 'projectcapsule.dev/managed-by-']),
    ).toMatchObject(refused);
    expect(
      await attempt(['apply', '--server-side', '--force-conflicts', '-f', '-'], {
        ...quota('managed', { 'projectcapsule.dev/managed-by': 'me' }),
      }),
    ).toMatchObject(refused);
  });

  test('is not counted otherwise, through its status', async () => {
    const patch = ['--type=merge', '-p', JSON.stringify({ status: { used: { pods: '0' } } })];
    expect(
      await attempt(['patch', 'quota', 'managed', '--subresource=status', ...patch]),
    ).toMatchObject(refused);
  });

  test('is not deleted, alone or among all', async () => {
    expect(await attempt(['delete', 'quota', 'managed'])).toMatchObject(refused);
    const raw = `/api/v1/namespaces/${namespace}/resourcequotas?labelSelector=projectcapsule.dev/managed-by`;
    expect(await attempt(['delete', '--raw', raw])).toMatchObject(refused);
    expect(await labelsOf('quota', 'managed')).toMatchObject(managed);
  });

  test('may not be a RuleStatus without a label either', async () => {
    const fake = {
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'RuleStatus',
      metadata: { name: freshName('fake'), namespace },
      spec: [],
    };
    expect(await attempt(['create', '-f', '-'], fake)).toMatchObject(refused);
    const patch = ['--type=merge', '-p', JSON.stringify({ policies: { wildcardHostnames: true } })];
    const name = 'rulestatus/capsule-managed-rules';
    expect(await attempt(['patch', name, ...patch])).toMatchObject(refused);
    expect(await attempt(['patch', name, '--subresource=status', ...patch])).toMatchObject(refused);
    expect(await attempt(['delete', name])).toMatchObject(refused);
  });
});

describe.each(attackers)('a replicated object, against %s', (_, attacker) => {
  const mark = {
    labels: { 'projectcapsule.dev/created-by': 'replications' },
    annotations: { 'tenantry.dev/replication': 'GlobalTenantResource/platform' },
  };
  const attempt = (body: object) => {
    const target = ['-n', namespace, 'patch', 'quota', 'replicated', '--subresource=status'];
    return kubectl([...target, '--type=merge', '-p', JSON.stringify(body)], attacker());
  };

  test.each([
    ['its mark', { metadata: { labels: { 'projectcapsule.dev/created-by': null } } }],
    ['what it was made by', { metadata: { annotations: { 'tenantry.dev/replication': null } } }],
    ['the limit that counts', { status: { hard: { pods: '300' } } }],
  ])('keeps %s when its status is written', async (_what, body) => {
    const object = quota('replicated');
    await apply([{ ...object, metadata: { ...object.metadata, ...mark } }]);
    expect(await attempt(body)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the object is replicated'),
    });
  });
});

test('a namespace is deleted with everything that is managed in it', async () => {
  const going = await ring.namespace({});
  await apply([
    {
      ...quota('managed', managed),
      metadata: { name: 'managed', namespace: going, labels: managed },
    },
  ]);
  await kubectlOk(['delete', 'namespace', going, '--timeout=240s']);
});
