import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterContext, freshName } from '../../test/support/cluster.ts';
import { eventually } from '../../test/support/eventually.ts';
import { isForbidden } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { createClient, type ClosableClient } from './connect.ts';
import { serviceAccountIdentity, userIdentity } from './identity.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { ResourceType } from './object.ts';

const core = (kind: string, plural: string, namespaced = true): ResourceType => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced,
});
const rbac = (kind: string, plural: string): ResourceType => ({
  ...core(kind, plural),
  group: 'rbac.authorization.k8s.io',
});
const configMaps = core('ConfigMap', 'configmaps');

const namespace = freshName('identity');
let client: ClosableClient;

interface UserInfo {
  username: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

/** Whom the API server takes a client for. */
async function whoIs(client: KubeClient): Promise<UserInfo> {
  const review = await client.raw<{ status: { userInfo: UserInfo } }>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  return review.status.userInfo;
}

beforeAll(async () => {
  client = createClient({
    cluster: await loadKubeconfig({ paths: [clusterContext().kubeconfig] }),
  });
  const metadata = { namespace, name: 'reader' };
  await client.create(core('Namespace', 'namespaces', false), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await client.create(rbac('Role', 'roles'), {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata,
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
  });
  await client.create(rbac('RoleBinding', 'rolebindings'), {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
  });
});

afterAll(async () => {
  await client.delete(core('Namespace', 'namespaces', false), { name: namespace });
  await client.close();
});

test('the API server takes an impersonated client for its ServiceAccount, with its groups', async () => {
  const identity = serviceAccountIdentity(namespace, 'reader', { 'acme.com/Run%': ['a b', 'ü'] });
  expect(await whoIs(client.as(identity))).toEqual({
    username: `system:serviceaccount:${namespace}:reader`,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
    extra: { 'acme.com/run%': ['a b', 'ü'] },
  });
});

test('a user of another script arrives as written', async () => {
  const { username, groups } = await whoIs(client.as(userIdentity('zoë@例え', ['équipe', 'b,c'])));
  expect(username).toBe('zoë@例え');
  expect(groups).toEqual(['équipe', 'b,c', 'system:authenticated']);
});

test('the own client stays who it is', async () => {
  const before = await whoIs(client);
  await whoIs(client.as(userIdentity('alice')));
  expect(await whoIs(client)).toEqual(before);
  expect(before.username).not.toBe('alice');
});

describe('rights are those of the identity', () => {
  test('what it was granted works', async () => {
    const reader = client.as(serviceAccountIdentity(namespace, 'reader'));
    const listed = async () => {
      const { items } = await reader.list(configMaps, { namespace });
      return items.map(({ metadata }) => metadata.name);
    };
    // Written by the controller manager some time after the namespace.
    await eventually('kube-root-ca.crt is listed', async () =>
      (await listed()).includes('kube-root-ca.crt'),
    );
  });

  test.each([
    ['the same account of another namespace', () => serviceAccountIdentity('default', 'reader')],
    ['another account of the namespace', () => serviceAccountIdentity(namespace, 'default')],
    ['a user of the same name', () => userIdentity('reader')],
    ['nobody in particular', () => userIdentity('mallory', ['system:authenticated'])],
  ])('%s is refused, for every verb', async (_who, identity) => {
    const stranger = client.as(identity());
    const key = { namespace, name: 'kube-root-ca.crt' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: key };
    const patch = { type: 'merge', body: { data: { x: 'y' } } } as const;
    const watching = async () => {
      for await (const event of stranger.watch(configMaps, { namespace, resourceVersion: '0' })) {
        throw new Error(`saw ${event.type}`);
      }
    };
    const attempts = [
      stranger.get(configMaps, key),
      stranger.list(configMaps, { namespace }),
      stranger.list(configMaps),
      watching(),
      stranger.create(configMaps, { ...object, metadata: { ...key, name: 'new' } }),
      stranger.apply(configMaps, object, { fieldManager: 'x', force: true }),
      stranger.patch(configMaps, key, patch),
      stranger.delete(configMaps, key),
      stranger.raw({ method: 'GET', path: `/api/v1/namespaces/${namespace}/secrets` }),
    ];
    for (const attempt of await Promise.allSettled(attempts)) {
      expect(attempt.status).toBe('rejected');
      expect(isForbidden((attempt as PromiseRejectedResult).reason)).toBe(true);
    }
  });

  test('a reader cannot write', async () => {
    const reader = client.as(serviceAccountIdentity(namespace, 'reader'));
    const key = { namespace, name: 'kube-root-ca.crt' };
    await expect(reader.delete(configMaps, key)).rejects.toSatisfy(isForbidden);
  });
});
