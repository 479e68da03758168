import { installManifests } from '../../src/api/install/manifests.ts';
import { defaultInstallOptions } from '../../src/api/install/options.ts';
import { tenancyName } from '../../src/api/install/tenancy.ts';
import type { ReplicationOptions } from '../../src/apps/tenancy/replication-options.ts';
import { startTenancyComponent } from '../../src/apps/tenancy/start-tenancy-component.ts';
import { createLog } from '../../src/base/log.ts';
import type { Plane, PlaneOptions } from '../../src/engines/plane/plane.ts';
import { startPlane } from '../../src/engines/plane/start-plane.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { createCaches } from '../../src/runtime/cache/create-caches.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { adminCommands, type AdminCommands, type Owner } from './admin-commands.ts';
import { bringKinds } from './bring-kinds.ts';
import { freshName } from './cluster.ts';
import { policiesInForce } from './policies-in-force.ts';
import { testExpressions } from './quota-expressions.ts';
import { rulesInForce } from './rules-in-force.ts';

/** The tenancy component at work on a plane of its own, whose policies hold in the whole cluster. */
export interface TenancyHarness extends AsyncDisposable, AdminCommands {
  plane: Plane;
  /** Name of the CapsuleConfiguration that counts, and the group of its users. */
  configuration: string;
  group: string;
  /** What the component asked of the API server, `verb resource`, since it was last emptied. */
  requests: string[];
  /** Changes the CapsuleConfiguration. */
  configure(spec: object): Promise<void>;
  /** A Tenant with an owner and that many namespaces, ready to be worked in. */
  tenant(namespaces: number, labels?: Record<string, string>): Promise<HarnessTenant>;
  /** One more namespace of a tenant, made by its owner and ready to be worked in. */
  namespace(tenant: Pick<HarnessTenant, 'name' | 'owner'>, name: string): Promise<void>;
  /** Has the owner delete a namespace, and waits until it is gone: who owned it cannot see that. */
  removeNamespace(tenant: Pick<HarnessTenant, 'owner'>, name: string): Promise<void>;
  /** Ends the component and leaves the cluster as it is. */
  stop(): Promise<void>;
}

export interface HarnessTenant {
  name: string;
  owner: Owner;
  namespaces: string[];
  /** The first of them, and the second if there is one. */
  home: string;
  other: string;
}

export interface TenancyHarnessOptions {
  replication?: ReplicationOptions;
  plane?: PlaneOptions;
}

/** Starts it; resolves once it is at work. */
export async function startTenancyHarness({
  replication,
  plane: ofPlane,
}: TenancyHarnessOptions = {}): Promise<TenancyHarness> {
  const plane = await startPlane(ofPlane);
  const admin = createClient({ cluster: await loadKubeconfig({ paths: [plane.kubeconfig] }) });
  const commands = adminCommands(plane, admin);
  const { apply, kubectlOk, ready, ownNamespace } = commands;
  const installed = installManifests({ ...defaultInstallOptions, tenancy: true });
  const isCrd = ({ kind }: KubeObject) => kind === 'CustomResourceDefinition';
  await bringKinds(installed.filter(isCrd), { cluster: plane });
  // The component runs outside the cluster, with the rights of its account and no others.
  await apply(installed.filter((object) => !isCrd(object) && object.kind !== 'Deployment'));
  const component = await startComponent(plane, replication);
  const { configuration, group } = component;
  const configure = async (spec: object) => {
    await apply([
      capsule('CapsuleConfiguration', { name: configuration }, { userGroups: [group], ...spec }),
    ]);
  };
  await configure({});
  await ready('capsuleconfiguration', configuration);
  const inForce = await rulesInForce(admin);
  await policiesInForce(admin);
  async function namespace(
    { name: of, owner }: Pick<HarnessTenant, 'name' | 'owner'>,
    name: string,
  ) {
    const right = { group: 'rbac.authorization.k8s.io', resource: 'rolebindings' };
    await ownNamespace(name, of, owner, right);
    await inForce(name);
  }

  async function tenant(count: number, labels = {}): Promise<HarnessTenant> {
    const [name, as] = [freshName('oil'), freshName('alice')];
    const spec = { owners: [{ kind: 'User', name: as }] };
    await apply([capsule('Tenant', { name, labels }, spec)]);
    const owner = { as, asGroups: [group] };
    const namespaces = Array.from({ length: count }, (_, index) => `${name}-${index}`);
    await Promise.all(namespaces.map((each) => namespace({ name, owner }, each)));
    const [home = '', other = ''] = namespaces;
    return { name, owner, namespaces, home, other };
  }

  return {
    plane,
    configuration,
    group,
    requests: component.requests,
    ...commands,
    configure,
    tenant,
    namespace,
    async removeNamespace({ owner }, name) {
      await kubectlOk(['delete', 'namespace', name, '--wait=false'], owner);
      await kubectlOk(['wait', `namespace/${name}`, '--for=delete', '--timeout=240s']);
    },
    stop: component.stop,
    async [Symbol.asyncDispose]() {
      await component.stop();
      await admin.close();
      await plane.stop();
    },
  };
}

async function startComponent(plane: Plane, replication: ReplicationOptions | undefined) {
  const requests: string[] = [];
  const [configuration, group] = [freshName('config'), freshName('users')];
  const log = createLog({ level: 'error' });
  const cluster = await loadKubeconfig({ paths: [await kubeconfigOfAccount(plane)] });
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
  const stopping = new AbortController();
  const { signal } = stopping;
  const caches = createCaches({ client, signal, log });
  const recorder = { record: () => {} };
  const metrics = createMetrics();
  const runtime = createRuntime({ client, caches, recorder, metrics, log, signal });
  const engines = testExpressions();
  const controllers = await startTenancyComponent({
    runtime,
    client,
    configurationName: configuration,
    home: tenancyAccount.namespace,
    expressions: engines.expressions,
    connectTo: ({ server, ca, insecureSkipTlsVerify }) =>
      createClient({
        cluster: { ...cluster, server, insecureSkipTlsVerify, ...(ca && { ca }) },
        log,
      }),
    ...(replication && { replication }),
  });
  const stop = async () => {
    if (signal.aborted) return;
    stopping.abort();
    await Promise.all(controllers.map(({ done }) => done));
    await engines[Symbol.asyncDispose]();
    await client.close();
  };
  return { configuration, group, requests, stop };
}

/** What the component is known as in the cluster. */
export const tenancyAccount = { namespace: defaultInstallOptions.namespace, name: tenancyName };

function kubeconfigOfAccount(plane: Plane): Promise<string> {
  const { namespace, name } = tenancyAccount;
  return plane.clientKubeconfig({
    commonName: `system:serviceaccount:${namespace}:${name}`,
    organizations: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  });
}

/** An object of a kind of tenancy. */
export function capsule(kind: string, metadata: object, spec: object): object {
  return { apiVersion: 'capsule.clastix.io/v1beta2', kind, metadata, spec };
}
