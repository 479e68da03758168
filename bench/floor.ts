import { requestedAtAnnotation } from '../src/api/annotations.ts';
import { toTimestamp } from '../src/base/clock.ts';
import { serviceAccountIdentity } from '../src/kube/identity.ts';
import type { JsonValue, KubeObject, ResourceType } from '../src/kube/object.ts';
import { appKustomization, appObjects, types } from './fleet.ts';
import { inLanes } from './lanes.ts';
import { observe } from './observed.ts';
import { firstImage, secondImage, type Stage } from './stage.ts';

/** Seconds that a bare loop takes for what a phase has to write at least. */
export interface Floor {
  /** Four applies and a status write per tenant. */
  install: number;
  /** Until kube-controller-manager had dealt with those Deployments: no `wait` can end sooner. */
  installHealthy: number;
  /** The request itself and a status write. */
  noop: number;
  /** One apply and a status write. */
  upgrade: number;
  upgradeHealthy: number;
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
  const objects = floorTenants.map((tenant) => appKustomization(tenant, options));
  // Nobody reconciles them yet: they are there to carry a status.
  await inLanes(objects, 8, (object) => admin.create(types.kustomization, object));
  const loop = (work: (tenant: string) => Promise<unknown>) =>
    timed(() => inLanes(floorTenants, options.workers, work));

  const healthy = (what: string) =>
    deployments.until({ what, count: options.count, accept: Boolean });

  const installed = performance.now();
  const install = await loop(async (tenant) => {
    await applyAs(stage, tenant, appObjects(firstImage));
    await writeStatus(stage, tenant, firstImage);
  });
  await healthy('the Deployments of the floor are healthy');
  const installHealthy = (performance.now() - installed) / 1000;
  const noop = await loop(async (tenant) => {
    const annotations = { [requestedAtAnnotation]: 'now' };
    const body = { metadata: { annotations } };
    await admin.patch(types.kustomization, { namespace: tenant, name }, { type: 'merge', body });
    await writeStatus(stage, tenant, 'now');
  });
  const upgraded = performance.now();
  const upgrade = await loop(async (tenant) => {
    const changed = appObjects(secondImage).filter(([{ kind }]) => kind === 'Deployment');
    await applyAs(stage, tenant, changed);
    await writeStatus(stage, tenant, secondImage);
  });
  await healthy('the changed Deployments of the floor are healthy');
  const upgradeHealthy = (performance.now() - upgraded) / 1000;
  await inLanes(floorTenants, 8, (namespace) =>
    admin.delete(types.kustomization, { namespace, name }),
  );
  return { install, installHealthy, noop, upgrade, upgradeHealthy };
}

/** Whether the Deployment's controller has dealt with its current generation. */
function isObserved(object: KubeObject): boolean {
  const { observedGeneration } = (object['status'] ?? {}) as { observedGeneration?: number };
  return observedGeneration === object.metadata.generation;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
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
