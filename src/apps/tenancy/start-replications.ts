import { isDeepStrictEqual } from 'node:util';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { GlobalTenantResource } from '../../api/capsule/global-tenant-resource.ts';
import { replicationAnnotation } from '../../api/capsule/labels.ts';
import { TenantResource } from '../../api/capsule/tenant-resource.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { globalTenantResourceController } from '../../controllers/global-tenant-resource/controller.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { managerPrefix } from '../../controllers/shared/replication/field-manager.ts';
import { createMemories } from '../../controllers/shared/replication/memory.ts';
import { createReplicatedObjects } from '../../controllers/shared/replication/replicated-objects.ts';
import { identify } from '../../controllers/shared/replication/replication.ts';
import type { ReplicationDeps } from '../../controllers/shared/replication/work.ts';
import {
  clusterRoleBindingType,
  clusterRoleType,
} from '../../controllers/shared/rbac-resources.ts';
import { tenantResourceController } from '../../controllers/tenant-resource/controller.ts';
import { keyOf, type KubeObject } from '../../kube/object.ts';
import { startController, type RunningController } from '../../runtime/run-controller.ts';
import { createImpersonationClients } from './impersonation-clients.ts';
import { concernsReplications, globalsConcerned } from './replications-concerned.ts';
import type { TenancyContext } from './tenancy-context.ts';

const kinds = [
  { kind: 'GlobalTenantResource', type: GlobalTenantResource.type },
  { kind: 'TenantResource', type: TenantResource.type },
] as const;

/** Starts replicating objects into the namespaces of tenants. */
export function startReplications(context: TenancyContext): RunningController[] {
  const { runtime, client, managed, namespaces, configuration, replication } = context;
  if (!replication) return [];
  const { caches, clock, log, signal } = runtime;
  const wakes = new Map<string, () => void>();
  const objects = createReplicatedObjects({
    client,
    clock,
    log: log.child({ controller: 'replications' }),
    wake: (prefix) => wakes.get(prefix)?.(),
  });
  const clients = createImpersonationClients(context);
  const shared: ReplicationDeps = {
    client,
    connect: (stop) => clients.current(stop),
    managed,
    namespaces,
    namespace: (name) => caches.for(namespaceType).get({ name }),
    caches,
    objects,
    memories: createMemories(),
    ...replication,
  };
  const deps = { ...shared, configuration, tenants: context.tenants, tenant: context.tenant };
  const running = {
    GlobalTenantResource: startController(globalTenantResourceController, deps, runtime),
    TenantResource: startController(tenantResourceController, deps, runtime),
  };
  /** Also of one whose finalizer somebody took away. */
  const forget = ({ mark, uid }: ReturnType<typeof identify>) => {
    wakes.delete(managerPrefix(mark));
    objects.release(managerPrefix(mark));
    shared.memories.forget(uid);
  };
  for (const { kind, type } of kinds) {
    const follow = (object: KubeObject) =>
      wakes.set(managerPrefix(identify(kind, object).mark), () =>
        running[kind].wake(keyOf(object)),
      );
    for (const object of caches.for(type).list()) follow(object);
    caches.for(type).onChange(({ before, after }) => {
      if (after) follow(after);
      else if (before) forget(identify(kind, before));
    });
  }
  for (const type of [clusterRoleType, clusterRoleBindingType]) {
    managed.for(type).onChange(({ before }) => {
      const mark = before?.metadata.annotations?.[replicationAnnotation];
      if (mark !== undefined) wakes.get(managerPrefix(mark))?.();
    });
  }
  wakeReplications(context, running);
  signal.addEventListener('abort', () => objects.close(), { once: true });
  const controllers = Object.values(running);
  void Promise.all(controllers.map(({ done }) => done)).then(() => clients.close());
  return controllers;
}

type Running = Record<'GlobalTenantResource' | 'TenantResource', RunningController>;

/** Whom changes of tenants, namespaces and the configuration concern. */
function wakeReplications({ runtime }: TenancyContext, running: Running): void {
  const { caches } = runtime;
  const globals = () => caches.for<KubeObject>(GlobalTenantResource.type).list();
  const wakeGlobals = (concerned: readonly KubeObject[]) => {
    for (const object of concerned) running.GlobalTenantResource.wake(keyOf(object));
  };
  const wakeOf = (tenant: string | undefined) => {
    for (const object of caches.for(TenantResource.type).list()) {
      const name = object.metadata.namespace ?? '';
      const { labels = {} } = caches.for(namespaceType).get({ name })?.metadata ?? {};
      if (tenant === undefined || labels[tenantLabel] === tenant)
        running.TenantResource.wake(keyOf(object));
    }
  };
  caches.for<KubeObject>(Tenant.type).onChange((change) => {
    if (!concernsReplications(change)) return;
    const { before, after } = change;
    wakeGlobals(globalsConcerned([before, after], globals()));
    wakeOf((after ?? before)?.metadata.name);
  });
  caches.for<KubeObject>(namespaceType).onChange((change) => {
    if (!concernsReplications(change)) return;
    const { before, after } = change;
    const names = new Set([before, after].map((each) => each?.metadata.labels?.[tenantLabel]));
    for (const name of names) {
      if (name === undefined) continue;
      wakeGlobals(globalsConcerned([caches.for(Tenant.type).get({ name })], globals()));
      wakeOf(name);
    }
  });
  caches.for(CapsuleConfiguration.type).onChange(({ before, after }) => {
    const [old, now] = [before, after].map((each) => impersonationIn(each?.['spec']));
    if (isDeepStrictEqual(old, now)) return;
    wakeGlobals(globals());
    wakeOf(undefined);
  });
}

function impersonationIn(spec: unknown): unknown {
  return typeof spec === 'object' && spec !== null && 'impersonation' in spec
    ? spec.impersonation
    : undefined;
}
