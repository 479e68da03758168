import { capsuleKinds } from '../../src/api/capsule/kinds.ts';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import { customResourceDefinition } from '../../src/api/crd/custom-resource-definition.ts';
import type { ReplicationOptions } from '../../src/apps/tenancy/replication-options.ts';
import { startTenancyComponent } from '../../src/apps/tenancy/start-tenancy-component.ts';
import { startWebhooks, type Webhooks } from '../../src/apps/tenancy/start-webhooks.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { freePort } from '../../src/engines/plane/free-port.ts';
import type { Plane, PlaneOptions } from '../../src/engines/plane/plane.ts';
import { startPlane } from '../../src/engines/plane/start-plane.ts';
import type { KubeClient, OwnClient } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { createCaches } from '../../src/runtime/cache/create-caches.ts';
import { createMetrics, type Metrics } from '../../src/runtime/metrics.ts';
import type { RunEvent } from '../../src/runtime/run.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { bringKinds } from './bring-kinds.ts';
import { adminCommands, type AdminCommands } from './admin-commands.ts';
import { freshName } from './cluster.ts';
import { policiesInForce } from './policies-in-force.ts';
import { testExpressions } from './quota-expressions.ts';
import { rulesInForce, type RulesInForce } from './rules-in-force.ts';

/** An event as it was recorded, and the object it is about: `Tenant/oil`. */
export interface ToldEvent extends RunEvent {
  about: string;
}

/** A control plane of its own with tenancy at work: its policies hold in the whole cluster. */
export interface TenancyPlane extends AsyncDisposable, AdminCommands {
  plane: Plane;
  /** Users of Capsule are in this group. */
  group: string;
  /** As the admin, who may do everything. */
  admin: OwnClient;
  /** Requests of the component so far: `patch resourcequotas`, `patch tenants status`. */
  requests: string[];
  /** What the component told so far. */
  events: ToldEvent[];
  metrics: Metrics;
  /** Applies a Tenant and waits until it is ready. */
  tenant(name: string, spec: object): Promise<void>;
  /** Waits until requests in a namespace are held against its rules as they are stored now. */
  rulesInForce: RulesInForce;
  /** Creates a namespace as an owner of its tenant, and waits until the owner may work there by its rules. */
  namespace(name: string, tenant: string, owner: string): Promise<void>;
  /** Creates a namespace of a tenant as the admin, and waits until its rules are in force; its name. */
  freshNamespace(tenant: string, labels?: Record<string, string>): Promise<string>;
  /** Ends the component as a crash would, and waits until nothing of it is left. */
  stopComponent(): Promise<void>;
  /** Starts it again; `certPath` is where its webhooks' certificate is, if it is given one. */
  startComponent(certPath?: string): Promise<void>;
  /** Where the component serves its webhooks, and API servers are told to find them. */
  webhooks: string;
  /** Name of the CapsuleConfiguration that counts. */
  configuration: string;
  /** A replica that serves webhooks, at another address, and does not lead. */
  startReplica(): Promise<Webhooks>;
}

/** Namespace that counts as the control plane's own. */
export const home = 'tenantry-system';

export interface TenancyPlaneOptions extends Pick<PlaneOptions, 'emulates'> {
  replication?: ReplicationOptions;
}

/**
 * Starts a plane, the kinds of tenancy and the component that reconciles them and serves webhooks.
 * `spec` is merged into that of the CapsuleConfiguration; without one (`null`) the component makes it,
 * and registers no webhooks. Nothing is replicated without `replication`.
 */
export async function startTenancyPlane(
  spec: object | null = {},
  configurationName = freshName('config'),
  { replication, emulates }: TenancyPlaneOptions = {},
): Promise<TenancyPlane> {
  const plane = await startPlane(emulates === undefined ? {} : { emulates });
  const address = `127.0.0.1:${await freePort()}`;
  await bringKinds([...capsuleKinds, GitRepository].map(customResourceDefinition), {
    cluster: plane,
  });
  const log = createLog({ level: 'error' });
  const cluster = await loadKubeconfig({ paths: [plane.kubeconfig] });
  const group = freshName('users');
  const requests: string[] = [];
  const events: ToldEvent[] = [];
  const metrics = createMetrics();
  const recorder = {
    record: ({ kind, metadata }: KubeObject, _controller: string, ...told: RunEvent[]) => {
      events.push(...told.map((event) => ({ ...event, about: `${kind}/${metadata.name}` })));
    },
  };
  const admin = createClient({ cluster, log, userAgent: 'tenancy-test-admin' });
  const commands = adminCommands(plane, admin);
  const { apply, ready, ownNamespace } = commands;
  let stop: (() => Promise<void>) | undefined;
  const replicas = new AsyncDisposableStack();
  const { expressions, fillRules } = replicas.use(testExpressions());
  await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: home } }]);

  /** Serves webhooks as one process does, with what else the process shares. */
  async function serve(client: KubeClient, signal: AbortSignal, at: string, certPath?: string) {
    const caches = createCaches({ client, signal, log });
    const shared = { client, caches, metrics: createMetrics(), log, signal };
    const where = {
      configurationName,
      address: at,
      home,
      clock: systemClock,
      expressions,
      fillRules,
    };
    return { ...shared, webhooks: await startWebhooks({ ...shared, ...where, certPath }) };
  }

  async function startComponent(certPath?: string): Promise<void> {
    const ending = new AbortController();
    const client = createClient({
      cluster,
      log,
      userAgent: 'tenancy-test',
      onRequest: ({ verb, resource, subresource }) =>
        void requests.push([verb, resource, subresource].filter(Boolean).join(' ')),
    });
    const { webhooks, ...shared } = await serve(client, ending.signal, address, certPath);
    const runtime = createRuntime({ ...shared, metrics, recorder, graceMs: 0 });
    const registered = spec && { webhooks: webhooks.registration };
    const replicating = replication && { replication };
    const shares = { runtime, client, configurationName, home, expressions };
    const options = { ...shares, ...registered, ...replicating };
    const controllers = await startTenancyComponent(options);
    stop = async () => {
      ending.abort();
      await webhooks[Symbol.asyncDispose]();
      await Promise.all(controllers.map(({ done }) => done));
      await client.close();
      stop = undefined;
    };
  }

  async function startReplica(): Promise<Webhooks> {
    const ending = new AbortController();
    const client = createClient({ cluster, log, userAgent: 'tenancy-test-replica' });
    const { webhooks } = await serve(client, ending.signal, '127.0.0.1:0');
    replicas.defer(async () => {
      ending.abort();
      await webhooks[Symbol.asyncDispose]();
      await client.close();
    });
    return webhooks;
  }

  const client = { url: `https://${address}` };
  const admission = { validating: { client }, mutating: { client } };
  const configured = {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'CapsuleConfiguration',
    metadata: { name: configurationName },
    spec: { userGroups: [group], admission, ...spec },
  };
  // Before the component, which makes one where there is none.
  if (spec) await apply([configured]);
  await startComponent();
  await ready('capsuleconfiguration', configurationName);
  const isMutating = emulates === undefined;
  const inForce = await rulesInForce(admin, isMutating);
  await policiesInForce(admin, isMutating);
  return {
    plane,
    events,
    metrics,
    group,
    admin,
    requests,
    ...commands,
    rulesInForce: inForce,
    async tenant(name, spec) {
      await apply([
        { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant', metadata: { name }, spec },
      ]);
      await ready('tenant', name);
    },
    async namespace(name, tenant, owner) {
      await ownNamespace(name, tenant, { as: owner, asGroups: [group] }, { resource: 'pods' });
      await inForce(name);
    },
    async freshNamespace(tenant, labels = {}) {
      const name = freshName(tenant);
      const metadata = { name, labels: { 'capsule.clastix.io/tenant': tenant, ...labels } };
      await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata }]);
      await inForce(name);
      return name;
    },
    async stopComponent() {
      await stop?.();
    },
    startComponent,
    webhooks: client.url,
    configuration: configurationName,
    startReplica,
    async [Symbol.asyncDispose]() {
      await stop?.();
      await replicas.disposeAsync();
      await admin.close();
      await plane.stop();
    },
  };
}
