import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  apply as applyTo,
  freshName,
  kubectl as runKubectl,
  kubectlOk as runKubectlOk,
  type KubectlOptions,
} from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startTenancyComponent } from '../../apps/tenancy/start-tenancy-component.ts';
import { capsuleKinds } from '../../api/capsule/kinds.ts';
import { customResourceDefinition } from '../../api/crd/custom-resource-definition.ts';
import { createLog } from '../../base/log.ts';
import type { Plane } from '../../engines/plane/plane.ts';
import { startPlane } from '../../engines/plane/start-plane.ts';
import { createClient } from '../../kube/connect.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createCaches } from '../../runtime/cache/create-caches.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import { createRuntime } from '../../runtime/runtime.ts';

/** Of its own: the policies that the component puts in place hold in the whole cluster. */
let plane: Plane;
const kubectl = (args: readonly string[], options: KubectlOptions = {}) =>
  runKubectl(args, { ...options, cluster: plane });
const kubectlOk = (args: readonly string[]) => runKubectlOk(args, { cluster: plane });
const apply = (objects: readonly object[]) => applyTo(objects, { cluster: plane });

const stop = new AbortController();
const configuration = freshName('config');
const group = freshName('users');
const requests: string[] = [];
let closing: (() => Promise<void>) | undefined;
let running: Promise<unknown>;

beforeAll(async () => {
  plane = await startPlane();
  const crds = capsuleKinds.map(customResourceDefinition);
  await apply(crds);
  const names = crds.map(({ metadata }) => `crd/${metadata.name}`);
  await kubectlOk(['wait', '--for=condition=Established', '--timeout=60s', ...names]);
  const log = createLog({ level: 'error' });
  const cluster = await loadKubeconfig({ paths: [plane.kubeconfig] });
  const client = createClient({
    cluster,
    log,
    userAgent: 'tenancy-test',
    onRequest: ({ verb, resource, subresource }) => {
      requests.push(
        [verb, resource, ...(subresource === undefined ? [] : [subresource])].join(' '),
      );
    },
  });
  closing = () => client.close();
  const { signal } = stop;
  const caches = createCaches({ client, signal, log });
  const recorder = { record: () => {} };
  const runtime = createRuntime({
    client,
    caches,
    recorder,
    metrics: createMetrics(),
    log,
    signal,
  });
  const controllers = await startTenancyComponent({
    runtime,
    client,
    configurationName: configuration,
  });
  running = Promise.all(controllers.map(({ done }) => done));
  await apply([
    {
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'CapsuleConfiguration',
      metadata: { name: configuration },
      spec: { userGroups: [group] },
    },
  ]);
  await kubectlOk([
    'wait',
    `capsuleconfiguration/${configuration}`,
    '--for=condition=Ready',
    '--timeout=60s',
  ]);
});
afterAll(async () => {
  stop.abort();
  await running;
  await closing?.();
  await plane?.stop();
});

const tenant = (name: string, spec: object): object => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'Tenant',
  metadata: { name },
  spec,
});
const asOwner = (name: string) => ({ as: name, asGroups: [group] });
const create = (name: string, of: string, owner: string) =>
  kubectl(['create', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'capsule.clastix.io/tenant': of } },
    }),
    ...asOwner(owner),
  });
const get = async (...args: string[]) =>
  JSON.parse(await kubectlOk(['get', ...args, '-o', 'json'])) as KubeObject & {
    items?: KubeObject[];
  };

describe('a tenant', () => {
  const oil = freshName('oil');
  const alice = freshName('alice');
  const name = `${oil}-apps`;

  test('lets its owner create a namespace, and gives the owner its roles there', async () => {
    await apply([
      tenant(oil, {
        owners: [{ kind: 'User', name: alice }],
        nodeSelector: { pool: 'oil' },
        namespaceOptions: { additionalMetadata: { labels: { team: '{{ tenant.name }}' } } },
        networkPolicies: { items: [{ podSelector: {}, policyTypes: ['Ingress'] }] },
        limitRanges: { items: [{ limits: [{ type: 'Pod', max: { cpu: '1000m' } }] }] },
      }),
    ]);
    await kubectlOk(['wait', `tenant/${oil}`, '--for=condition=Ready', '--timeout=60s']);
    await eventually('the owner may', async () => (await create(name, oil, alice)).code === 0);
    await eventually('the owner works in it', async () => {
      const { code } = await kubectl(
        ['-n', name, 'create', 'configmap', 'settings'],
        asOwner(alice),
      );
      return code === 0;
    });
    const namespace = await get('namespace', name);
    expect(namespace.metadata.labels).toMatchObject({ team: oil });
    expect(namespace.metadata.annotations).toMatchObject({
      'scheduler.alpha.kubernetes.io/node-selector': 'pool=oil',
    });
    expect(namespace.metadata.ownerReferences).toMatchObject([{ kind: 'Tenant', name: oil }]);
    expect((await get('-n', name, 'networkpolicy', `capsule-${oil}-0`)).kind).toBe('NetworkPolicy');
    expect((await get('-n', name, 'rolebinding')).items).toHaveLength(2);
    const { status } = await get('tenant', oil);
    expect(status).toMatchObject({ size: 1, namespaces: [name], state: 'Active' });
  });

  test('says no to everybody else', async () => {
    const stranger = freshName('bob');
    expect(await create(`${oil}-more`, oil, stranger)).toMatchObject({ code: 1 });
    expect(await kubectl(['-n', name, 'get', 'configmaps'], asOwner(stranger))).toMatchObject({
      code: 1,
    });
  });

  test('puts back what somebody takes away', async () => {
    await kubectlOk(['-n', name, 'delete', 'rolebindings', '--all']);
    await eventually('the bindings are back', async () => {
      const { items } = await get('-n', name, 'rolebinding');
      return items?.length === 2;
    });
  });

  test('takes away what its spec no longer has', async () => {
    await apply([tenant(oil, { owners: [{ kind: 'User', name: alice }] })]);
    await eventually('the policies are gone', async () => {
      const { items } = await get('-n', name, 'networkpolicy,limitrange');
      return items?.length === 0;
    });
    await eventually('the label is gone', async () => {
      const { metadata } = await get('namespace', name);
      return metadata.labels?.['team'] === undefined;
    });
  });

  test('costs nothing when nothing changes', async () => {
    requests.length = 0;
    await kubectlOk(['annotate', 'tenant', oil, 'reconcile.fluxcd.io/requestedAt=now']);
    await eventually('it was looked at', async () => {
      const { status } = await get('tenant', oil);
      return (status as { lastHandledReconcileAt?: string }).lastHandledReconcileAt === 'now';
    });
    const asked = new Set(requests.filter((request) => !request.startsWith('watch')));
    expect(asked).toEqual(new Set(['patch tenants.capsule.clastix.io status']));
  });

  test('gets no further namespace while it is cordoned', async () => {
    await apply([tenant(oil, { owners: [{ kind: 'User', name: alice }], cordoned: true })]);
    await eventually('it is refused', async () => {
      const { code, stderr } = await create(freshName(oil), oil, alice);
      return code === 1 && stderr.includes('takes no further namespace');
    });
  });

  test('takes its namespaces along when it is deleted', async () => {
    await kubectlOk(['delete', 'tenant', oil, '--timeout=60s']);
    const { code } = await kubectl(['get', 'namespace', name]);
    expect(code).toBe(1);
  });
});
