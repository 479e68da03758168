import { requestedAtAnnotation } from '../src/api/annotations.ts';
import { toTimestamp } from '../src/base/clock.ts';
import { serviceAccountIdentity } from '../src/kube/identity.ts';
import type { JsonValue, KubeObject, ResourceType } from '../src/kube/object.ts';
import { appKustomization, appObjects, types } from './fleet.ts';
import { inLanes } from './lanes.ts';
import { planeCpuSeconds, settleMs } from './measure.ts';
import { observe } from './observed.ts';
import { firstImage, secondImage, type Stage } from './stage.ts';

/** What a bare loop takes for what a phase has to ask of the API server at least. */
export interface Floor {
  /** The Kustomization itself, four applies and a status write per tenant. */
  install: Cost;
  /** The request itself and a status write. */
  noop: Cost;
  /** One apply and a status write. */
  upgrade: Cost;
}

export interface Cost {
  seconds: number;
  /** Of API server and etcd. */
  cpuSeconds: number;
  /** Until kube-controller-manager had dealt with the Deployments: no `wait` can end sooner. */
  healthySeconds: number;
}

const name = 'app';
const phases = ['install', 'noop', 'upgrade'] as const;

/**
 * Measures the floor in two halves, the first now, before a manager runs, and the second whenever the
 * returned function is called, when none runs any more: what differs between early and late in the life
 * of a control plane is in both. A round that counts nothing comes first, because whoever asks first
 * pays for what the API server does for the first time.
 */
export async function beginFloor(stage: Stage): Promise<() => Promise<Floor>> {
  const { floorTenants, warmTenants, progress } = stage;
  const middle = Math.ceil(floorTenants.length / 2);
  progress('warming up');
  await measureFloor(stage, warmTenants);
  progress('measuring the floor');
  const early = await measureFloor(stage, floorTenants.slice(0, middle));
  return async () => {
    progress('measuring the floor again');
    const late = await measureFloor(stage, floorTenants.slice(middle));
    const sum = (phase: keyof Floor): Cost => ({
      seconds: early[phase].seconds + late[phase].seconds,
      cpuSeconds: early[phase].cpuSeconds + late[phase].cpuSeconds,
      healthySeconds: early[phase].healthySeconds + late[phase].healthySeconds,
    });
    const [install, noop, upgrade] = phases.map(sum) as [Cost, Cost, Cost];
    return { install, noop, upgrade };
  };
}

/**
 * With our own client, as each tenant's ServiceAccount, at the concurrency of the manager: `workers`
 * tenants at once, the objects of a tenant all at once.
 */
async function measureFloor(stage: Stage, tenants: readonly string[]): Promise<Floor> {
  const { admin, options } = stage;
  const placed = new Set(tenants.map((namespace) => `${namespace}/web`));
  const untilHealthy = async (what: string) => {
    // Not watched before: nobody but the manager watches Deployments while it is measured.
    using deployments = observe(admin, types.deployment, isObserved);
    const accept = (isHealthy: boolean, id: string) => isHealthy && placed.has(id);
    await deployments.until({ what, count: tenants.length, accept });
  };
  /** A loop over all tenants; with `what`, until the Deployments are healthy as well. */
  const measureLoop = async (
    work: (tenant: string) => Promise<unknown>,
    what?: string,
  ): Promise<Cost> => {
    const cpuBefore = planeCpu(stage);
    const started = performance.now();
    await inLanes(tenants, options.workers, work);
    const seconds = secondsSince(started);
    if (what !== undefined) await untilHealthy(what);
    const healthySeconds = secondsSince(started);
    // What Kubernetes does in answer to it is part of what it costs.
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    return { seconds, cpuSeconds: planeCpu(stage) - cpuBefore, healthySeconds };
  };

  const loop = (phase: keyof Floor, ...how: Parameters<typeof measureLoop>) =>
    stage.profiled(`floor ${tenants[0]} ${phase}`, () => measureLoop(...how));

  const install = await loop(
    'install',
    async (tenant) => {
      await admin.create(types.kustomization, appKustomization(tenant, options));
      await applyAs(stage, tenant, appObjects(firstImage));
      await writeStatus(stage, tenant, firstImage);
    },
    'the Deployments of the floor are healthy',
  );
  const noop = await loop('noop', async (tenant) => {
    const annotations = { [requestedAtAnnotation]: 'now' };
    const body = { metadata: { annotations } };
    await admin.patch(types.kustomization, { namespace: tenant, name }, { type: 'merge', body });
    await writeStatus(stage, tenant, 'now');
  });
  const upgrade = await loop(
    'upgrade',
    async (tenant) => {
      const changed = appObjects(secondImage).filter(([{ kind }]) => kind === 'Deployment');
      await applyAs(stage, tenant, changed);
      await writeStatus(stage, tenant, secondImage);
    },
    'the changed Deployments of the floor are healthy',
  );
  await removeFloor(stage, tenants);
  return { install, noop, upgrade };
}

/** What is left of the floor would be reconciled by the manager, and measured with it. */
async function removeFloor({ admin }: Stage, tenants: readonly string[]): Promise<void> {
  await inLanes(tenants, 8, (namespace) => admin.delete(types.kustomization, { namespace, name }));
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
