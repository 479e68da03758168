import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  configMap,
  startReplicationHarness,
  type ReplicationHarness,
} from '../../../test/support/replication-harness.ts';
import type { HarnessTenant } from '../../../test/support/tenancy-harness.ts';

let harness: ReplicationHarness;
let oil: HarnessTenant;
beforeAll(async () => {
  harness = await startReplicationHarness();
  oil = await harness.tenant(2);
});
afterAll(() => harness?.[Symbol.asyncDispose]());

const labelsOf = async (namespace: string, name: string) =>
  (await harness.get('-n', namespace, 'configmap', name)).metadata.labels ?? {};

describe('a TenantResource', () => {
  test('puts raw items, what generators give, and copies into its tenant’s namespaces', async () => {
    const { home, other } = oil;
    const [raw, made, copied] = [freshName('raw'), freshName('made'), freshName('copied')];
    await harness.apply([
      configMap(copied, { k: 'v' }, { namespace: home, labels: { replicate: 'me', keep: 'it' } }),
    ]);
    const several = `
{{- range $n := list "a" "b" }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${made}-{{ $n }}, namespace: kube-system}
data: {of: "{{ $.tenant.metadata.name }}", copy: "{{ (index $.copied 0).data.k }}"}
{{- end }}`;
    const key = await harness.replicate(oil, [
      {
        additionalMetadata: { labels: { of: '{{tenant.name}}' } },
        rawItems: [configMap(raw, { tenant: '{{tenant.name}}', in: '{{ namespace }}' })],
        context: {
          resources: [
            { index: 'copied', apiVersion: 'v1', kind: 'ConfigMap', name: copied, namespace: home },
          ],
        },
        generators: [
          { template: several },
          {
            template: `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${raw}}, data: {more: x}}`,
          },
        ],
        namespacedItems: [
          { apiVersion: 'v1', kind: 'ConfigMap', selector: { matchLabels: { replicate: 'me' } } },
        ],
      },
    ]);
    const status = await harness.settled(key, 'True');
    expect(status).toMatchObject({ size: 7, serviceAccount: { namespace: home } });
    for (const namespace of [home, other]) {
      const filled = { tenant: oil.name, in: namespace, more: 'x' };
      expect(await harness.data(namespace, raw)).toEqual(filled);
      expect(await harness.data(namespace, `${made}-b`)).toEqual({ of: oil.name, copy: 'v' });
      expect(await labelsOf(namespace, raw)).toMatchObject({
        of: oil.name,
        'projectcapsule.dev/created-by': 'replications',
        'projectcapsule.dev/managed-by': 'replications',
      });
    }
    const labels = await labelsOf(other, copied);
    expect(labels).toMatchObject({ keep: 'it' });
    expect(labels).not.toHaveProperty('replicate');
    expect(await harness.data('kube-system', `${made}-a`)).toBeUndefined();
  });

  test('asks for nothing while nothing changes, and puts right what others change', async () => {
    const { other } = oil;
    const item = freshName('item');
    const raw = [{ rawItems: [configMap(item, { k: 'v' })] }];
    const key = await harness.replicate(oil, raw, { resyncPeriod: '1h' });
    await harness.settled(key, 'True');
    // What other tests left to be done may come between.
    await eventually('no other request is made', async () => {
      const now = freshName('now');
      const asked = ['annotate', '--overwrite', 'tr', key.name];
      harness.requests.length = 0;
      const annotation = `reconcile.fluxcd.io/requestedAt=${now}`;
      await harness.kubectlOk(['-n', key.namespace, ...asked, annotation]);
      await eventually('it was looked at', async () => {
        const { status } = await harness.get('-n', key.namespace, 'tr', key.name);
        return (status as { lastHandledReconcileAt?: string }).lastHandledReconcileAt === now;
      });
      const requests = harness.requests.filter((request) => !request.startsWith('watch'));
      expect(requests).toEqual(['patch tenantresources.capsule.clastix.io status']);
      return true;
    });

    await harness.kubectlOk(['-n', other, 'delete', 'configmap', item]);
    await eventually('it is there again', () => harness.data(other, item));
    const removal = ['--type=merge', '-p', '{"data":{"k":null}}'];
    await harness.kubectlOk(['-n', other, 'patch', 'configmap', item, ...removal]);
    await eventually('the value is back', async () => {
      const found = (await harness.data(other, item)) as { k?: string } | undefined;
      return found?.k === 'v';
    });
  });

  test('serves a namespace as soon as there is one, and leaves one alone that goes', async () => {
    const water = await harness.tenant(1);
    const item = freshName('item');
    const serviceAccount = { name: await harness.account(water) };
    const raw = [{ rawItems: [configMap(item)] }];
    const key = await harness.replicate(water, raw, { resyncPeriod: '1h', serviceAccount });
    await harness.settled(key, 'True');
    const more = `${water.name}-more`;
    await harness.namespace(water, more);
    const account = `--serviceaccount=${water.home}:${serviceAccount.name}`;
    const binding = ['create', 'rolebinding', 'replicator', '--clusterrole=admin', account];
    await harness.kubectlOk(['-n', more, ...binding], water.owner);
    await eventually('the new namespace has it', () => harness.data(more, item));
    await harness.removeNamespace(water, more);
    await eventually('what was in it is forgotten', async () => {
      const { processedItems = [] } = await harness.settled(key, 'True');
      return processedItems.map(({ namespace }) => namespace).join() === water.home;
    });
  });

  test('deletes what it made and is no longer asked for, and lets go of what it took on', async () => {
    const { other } = oil;
    const [made, taken] = [freshName('made'), freshName('taken')];
    await harness.apply([configMap(taken, { theirs: 'x' }, { namespace: other })]);
    const items = [configMap(made), configMap(taken, { ours: 'y' })];
    const key = await harness.replicate(oil, [{ rawItems: items }]);
    await harness.settled(key, 'False', /exists and cannot be adopted/);
    expect(await harness.data(other, taken)).toEqual({ theirs: 'x' });
    await harness.change(key, { settings: { adopt: true } });
    await harness.settled(key, 'True');
    expect(await harness.data(other, taken)).toEqual({ theirs: 'x', ours: 'y' });
    await harness.change(key, { resources: [{ rawItems: [configMap(made)] }] });
    await harness.settled(key, 'True');
    expect(await harness.data(other, taken)).toEqual({ theirs: 'x' });
    expect(await labelsOf(other, taken)).not.toHaveProperty('projectcapsule.dev/managed-by');
    await harness.remove(key);
    for (const namespace of oil.namespaces) {
      expect(await harness.data(namespace, made)).toBeUndefined();
    }
    expect(await harness.data(other, taken)).toEqual({ theirs: 'x' });
  });

  test('takes fields from others only if asked', async () => {
    const { home } = oil;
    const taken = freshName('taken');
    await harness.apply([configMap(taken, { k: 'theirs' }, { namespace: home })]);
    const selector = { matchLabels: { 'kubernetes.io/metadata.name': home } };
    const resources = [
      { namespaceSelector: selector, rawItems: [configMap(taken, { k: 'ours' })] },
    ];
    const key = await harness.replicate(oil, resources, { settings: { adopt: true } });
    await harness.settled(key, 'False', /conflict with what others have set: .data.k/);
    expect(await harness.data(home, taken)).toEqual({ k: 'theirs' });
    await harness.change(key, { settings: { force: true } });
    await harness.settled(key, 'True');
    expect(await harness.data(home, taken)).toEqual({ k: 'ours' });
  });

  test.each([
    'projectcapsule.dev/resource/2x4/oil/tenant/0/raw-0/',
    'qgcchvqwxwt7/oil-one/oil/0/raw-0/',
  ])('takes on what Capsule replicated, and what its manager %s held of it', async (name) => {
    const { home } = oil;
    const item = freshName('item');
    const labels = { 'capsule.clastix.io/resources': '0' };
    const manifest = configMap(item, { k: 'old' }, { namespace: home, labels });
    const manager = `--field-manager=${name}`;
    const apply = ['apply', '--server-side', manager, '-f', '-'];
    await harness.kubectlOk(apply, { input: JSON.stringify(manifest) });
    const selector = { matchLabels: { 'kubernetes.io/metadata.name': home } };
    const key = await harness.replicate(oil, [
      { namespaceSelector: selector, rawItems: [configMap(item, { k: 'new' })] },
    ]);
    await harness.settled(key, 'True');
    expect(await harness.data(home, item)).toEqual({ k: 'new' });
    expect(await labelsOf(home, item)).not.toHaveProperty('capsule.clastix.io/resources');
    await harness.remove(key);
    expect(await harness.data(home, item)).toBeUndefined();
  });

  test('without pruning leaves everything, and is nobody’s afterwards', async () => {
    const { home } = oil;
    const item = freshName('item');
    const raw = [{ rawItems: [configMap(item, { k: 'v' })] }];
    const key = await harness.replicate(oil, raw, { pruningOnDelete: false });
    await harness.settled(key, 'True');
    await harness.remove(key);
    expect(await harness.data(home, item)).toEqual({ k: 'v' });
    const { metadata } = await harness.get('-n', home, 'configmap', item);
    expect(metadata.labels).not.toHaveProperty('projectcapsule.dev/created-by');
    expect(metadata.annotations ?? {}).not.toHaveProperty('tenantry.dev/replication');
    const managers = (metadata.managedFields ?? []).map(({ manager }) => manager);
    expect(managers.filter((manager) => manager.startsWith('projectcapsule.dev/res'))).toEqual([]);
    await harness.kubectlOk(['-n', home, 'delete', 'configmap', item], oil.owner);
  });

  test('waits for what it depends on, and does nothing while cordoned', async () => {
    const { home } = oil;
    const [item, earlier] = [freshName('item'), freshName('earlier')];
    const key = await harness.replicate(oil, [{ rawItems: [configMap(item)] }], {
      dependsOn: [{ name: earlier }],
      resyncPeriod: '1h',
    });
    await harness.settled(key, 'False', new RegExp(`dependency ${earlier} not found`));
    expect(await harness.data(home, item)).toBeUndefined();
    const serviceAccount = { name: await harness.account(oil) };
    const metadata = { name: earlier, namespace: home };
    const spec = { serviceAccount, resources: [] };
    const apiVersion = 'capsule.clastix.io/v1beta2';
    await harness.apply([{ apiVersion, kind: 'TenantResource', metadata, spec }]);
    await harness.settled(key, 'True');
    expect(await harness.data(home, item)).toEqual({});
    await harness.change(key, { cordoned: true, resources: [] });
    const cordoned = ['wait', `tr/${key.name}`, '--for=condition=Cordoned', '--timeout=240s'];
    await harness.kubectlOk(['-n', home, ...cordoned]);
    expect(await harness.data(home, item)).toEqual({});
  });

  test('goes with its namespace, and takes along what it made in others', async () => {
    const water = await harness.tenant(2);
    const item = freshName('item');
    const key = await harness.replicate(water, [{ rawItems: [configMap(item)] }]);
    await harness.settled(key, 'True');
    await harness.removeNamespace(water, water.home);
    expect(await harness.data(water.other, item)).toBeUndefined();
    const role = ['get', 'clusterrole', `capsule:replication:${water.home}:${key.name}`];
    expect((await harness.kubectl(role)).code).toBe(1);
  });

  test('goes on as another account when its spec names one', async () => {
    const { home } = oil;
    const item = freshName('item');
    const key = await harness.replicate(oil, [{ rawItems: [configMap(item, { k: '1' })] }]);
    await harness.settled(key, 'True');
    const name = await harness.account(oil);
    const resources = [{ rawItems: [configMap(item, { k: '2' })] }];
    await harness.change(key, { serviceAccount: { name }, resources });
    expect(await harness.settled(key, 'True')).toMatchObject({ serviceAccount: { name } });
    expect(await harness.data(home, item)).toEqual({ k: '2' });
  });
});
