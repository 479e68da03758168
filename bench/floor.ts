import { requestedAtAnnotation } from '../src/api/annotations.ts';
import { toTimestamp } from '../src/base/clock.ts';
import { serviceAccountIdentity } from '../src/kube/identity.ts';
import type { JsonValue, KubeObject, ResourceType } from '../src/kube/object.ts';
import { appKustomization, appObjects, types } from './fleet.ts';
import { inLanes } from './lanes.ts';
import { planeCpuSeconds, settleMs } from './measure.ts';
import { observe } from './observed.ts';
import { firstImage, secondImage, type Stage } from './stage.ts';

/** What a bare loop takes for what a phase has to ask of the API server at least, in seconds. */
export interface Floor {
  /** The Kustomization itself, four applies and a status write per tenant. */
  install: Cost;
  /** Until kube-controller-manager had dealt with those Deployments: no `wait` can end sooner. */
  installHealthy: number;
  /** The request itself and a status write. */
  noop: Cost;
  /** One apply and a status write. */
  upgrade: Cost;
  upgradeHealthy: number;
}

export interface Cost {
  seconds: number;
  /** Of API server and etcd. */
  cpuSeconds: number;
}

const name = 'app';

/**
 * Measures the floor with our own client, as each tenant's ServiceAccount, at the concurrency of the
 * manager: `workers` tenants at once, the objects of a tenant all at once. Before the manager runs.
 */
export async function measureFloor(stage: Stage): Promise<Floor> {
  const { admin, options, floorTenants, progress } = stage;
  progress('measuring the floor');
  using deployments = observe(admin, types.deployment, isObserved);
  const healthy = (what: string) =>
    deployments.until({ what, count: options.count, accept: Boolean });
  /** A loop over all tenants; with `what`, until the Deployments are healthy as well. */
  const loop = async (work: (tenant: string) => Promise<unknown>, what?: string) => {
    const cpuBefore = planeCpu(stage);
    const started = performance.now();
    await inLanes(floorTenants, options.workers, work);
    const seconds = secondsSince(started);
    if (what !== undefined) await healthy(what);
    const healthySeconds = secondsSince(started);
    // What Kubernetes does in answer to it is part of what it costs.
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    return { cost: { seconds, cpuSeconds: planeCpu(stage) - cpuBefore }, healthySeconds };
  };

  const install = await loop(async (tenant) => {
    await admin.create(types.kustomization, appKustomization(tenant, options));
    await applyAs(stage, tenant, appObjects(firstImage));
    await writeStatus(stage, tenant, firstImage);
  }, 'the Deployments of the floor are healthy');
  const noop = await loop(async (tenant) => {
    const annotations = { [requestedAtAnnotation]: 'now' };
    const body = { metadata: { annotations } };
    await admin.patch(types.kustomization, { namespace: tenant, name }, { type: 'merge', body });
    await writeStatus(stage, tenant, 'now');
  });
  const upgrade = await loop(async (tenant) => {
    const changed = appObjects(secondImage).filter(([{ kind }]) => kind === 'Deployment');
    await applyAs(stage, tenant, changed);
    await writeStatus(stage, tenant, secondImage);
  }, 'the changed Deployments of the floor are healthy');
  await removeFloor(stage);
  return {
    install: install.cost,
    installHealthy: install.healthySeconds,
    noop: noop.cost,
    upgrade: upgrade.cost,
    upgradeHealthy: upgrade.healthySeconds,
  };
}

/** What is left of the floor would be reconciled by the manager, and measured with it. */
async function removeFloor({ admin, floorTenants }: Stage): Promise<void> {
  await inLanes(floorTenants, 8, (namespace) =>
    admin.delete(types.kustomization, { namespace, name }),
  );
}

function isObserved(object: KubeObject): boolean {
  const { observedGeneration } = (object['status'] ?? {}) as { observedGeneration?: number };
  return observedGeneration === object.metadata.generation;
}

const secondsSince = (started: number) => (performance.now() - started) / 1000;

function planeCpu({ plane }: Stage): number {
  const { apiServer, etcd } = planeCpuSeconds(plane);
  return apiServer + etcd;
}

async function applyAs(
  { admin }: Stage,
  namespace: string,
  objects: [ResourceType, KubeObject][],
): Promise<void> {
  const client = admin.as(serviceAccountIdentity(namespace, 'gitops-reconciler'));
  await Promise.all(
    objects.map(([type, object]) => {
      const placed = { ...object, metadata: { ...object.metadata, namespace } };
      return client.apply(type, placed, { fieldManager: 'floor', force: true });
    }),
  );
}

/** A status of the size a reconcile leaves. */
async function writeStatus({ admin }: Stage, namespace: string, revision: string): Promise<void> {
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'ReconciliationSucceeded',
    message: `Applied revision: ${revision}`,
    lastTransitionTime: toTimestamp(Date.now()),
    observedGeneration: 1,
  };
  const entries = ['ServiceAccount', 'ConfigMap', 'Service', 'apps_Deployment'].map((kind) => {
    return { id: `${namespace}_web_${kind}`, v: 'v1' };
  });
  const status: JsonValue = {
    conditions: [ready],
    observedGeneration: 1,
    lastAppliedRevision: revision,
    lastAttemptedRevision: revision,
    inventory: { entries },
  };
  await admin.patch(
    types.kustomization,
    { namespace, name },
    { type: 'merge', body: { status } },
    { subresource: 'status' },
  );
}
