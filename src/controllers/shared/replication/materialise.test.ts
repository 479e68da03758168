import { describe, expect, it } from 'vitest';
import type { Discovery } from '../../../kube/client.ts';
import type { Item, Refused } from './item.ts';
import { materialise, type MaterialiseOptions } from './materialise.ts';

const served: Record<string, [string, boolean]> = {
  'v1 ConfigMap': ['configmaps', true],
  'v1 Secret': ['secrets', true],
  'v1 Namespace': ['namespaces', false],
  'rbac.authorization.k8s.io/v1 ClusterRole': ['clusterroles', false],
};
/** What a cluster serves, as its discovery says it. */
const discovery: Discovery = {
  resourceFor(apiVersion, kind) {
    const [plural, namespaced] = served[`${apiVersion} ${kind}`] ?? [];
    if (plural === undefined || namespaced === undefined) return Promise.resolve(undefined);
    const slash = apiVersion.lastIndexOf('/');
    const group = slash < 0 ? '' : apiVersion.slice(0, slash);
    return Promise.resolve({
      group,
      version: apiVersion.slice(slash + 1),
      kind,
      plural,
      namespaced,
    });
  },
  invalidate() {},
};

const options: MaterialiseOptions = {
  discovery,
  allowClusterScoped: false,
  isScopeUnchecked: false,
  metadata: {},
  signal: new AbortController().signal,
};

async function make(
  object: unknown,
  more: Partial<MaterialiseOptions> = {},
  namespace: string | undefined = 'oil-0',
): Promise<Item['object'] | string> {
  const piece = { object, origin: '0/raw-0', tenant: 'oil', namespace };
  const made: Item | Refused = await materialise(piece, { ...options, ...more });
  return 'why' in made ? made.why : made.object;
}
const configMap = (metadata: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  ...more,
});

describe('wherever it comes from, an object', () => {
  it.each(['kube-system', 'gas-0', '../gas-0', ''])(
    'that asks for namespace %j lands in the target',
    async (namespace) => {
      expect(await make(configMap({ namespace }))).toMatchObject({
        metadata: { namespace: 'oil-0' },
      });
    },
  );

  it('without a target needs a namespace of its own', async () => {
    expect(await make(configMap({ namespace: 'x' }), {}, '')).toBe(
      'metadata.namespace: it names no namespace',
    );
    const piece = { object: configMap({ namespace: 'x' }), origin: 'o', tenant: 'None' };
    const made = await materialise({ ...piece, namespace: undefined }, options);
    expect(made).toMatchObject({ object: { metadata: { namespace: 'x' } } });
  });

  it.each([
    [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }, 'v1/Namespace'],
    [
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'x' } },
      'rbac.authorization.k8s.io/v1/ClusterRole',
    ],
  ])('without namespaces is refused: %j', async (object, kind) => {
    const refusal = `cluster-scoped kind ${kind} is not allowed`;
    expect(await make(object)).toBe(refusal);
    expect(await make({ ...object, metadata: { name: 'x', namespace: 'oil-0' } })).toBe(refusal);
    // Allowed, it still is none for a namespace: one object would be many items.
    expect(await make(object, { allowClusterScoped: true })).toBe(refusal);
    const piece = { object, origin: 'o', tenant: 'None', namespace: undefined };
    const made = await materialise(piece, { ...options, allowClusterScoped: true });
    expect(made).toMatchObject({ object: { metadata: { name: 'x' } } });
  });

  it.each([
    ['no object', 'x'],
    ['no object', ['x']],
    ['of an unknown kind', { ...configMap({}), kind: 'Unknown' }],
    ['of an unknown group', { ...configMap({}), apiVersion: 'v1/../rbac.authorization.k8s.io/v1' }],
    ['a list', { apiVersion: 'v1', kind: 'List', metadata: {}, items: [configMap({})] }],
    ['a list of a kind', { apiVersion: 'v1', kind: 'ConfigMapList', metadata: {}, items: [] }],
    ['without a name', configMap({ name: undefined, generateName: 'x-' })],
    ['with a path for a name', configMap({ name: '../../kube-system/configmaps/x' })],
    ['with a name that goes up', configMap({ name: '..' })],
    ['with an encoded path for a name', configMap({ name: 'a%2fb' })],
    ['with a name that is no text', configMap({ name: { a: 1 } })],
    ['with a namespace that is no text', configMap({ namespace: ['x'] })],
    ['with labels that are no texts', configMap({ labels: { a: 1 } })],
    ['with annotations that are a list', configMap({ annotations: ['a'] })],
  ])('%s is refused', async (_, object) => {
    expect(await make(object)).toEqual(expect.any(String));
  });

  it('cannot say that a replication made it, nor which object it is', async () => {
    const made = await make(
      configMap(
        {
          uid: 'u',
          resourceVersion: '7',
          managedFields: [],
          labels: { 'projectcapsule.dev/created-by': 'replications', a: 'b' },
          annotations: { 'tenantry.dev/replication': 'GlobalTenantResource/x', c: 'd' },
        },
        { status: { a: 1 } },
      ),
      { metadata: { labels: { 'projectcapsule.dev/managed-by': 'x', e: 'f' } } },
    );
    expect(made).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'a',
        namespace: 'oil-0',
        labels: { a: 'b', e: 'f' },
        annotations: { c: 'd' },
      },
    });
  });

  it('that is a Secret has its texts encoded, so that a removed one goes', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { a: 'b' },
    };
    expect(await make(secret)).toMatchObject({ data: { a: 'Yg==' } });
    expect(await make({ ...secret, stringData: { a: 12 } })).toMatch(
      /^stringData has something that is no text at 'a': put quotes around it/,
    );
  });
});
