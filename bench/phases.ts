import { requestedAtAnnotation } from '../src/api/annotations.ts';
import { sleep, systemClock } from '../src/base/clock.ts';
import type { KubeObject } from '../src/kube/object.ts';
import {
  appKustomization,
  chainLength,
  deploymentFile,
  deploymentText,
  kustomization,
  repository,
  source,
  types,
} from './fleet.ts';
import { inLanes } from './lanes.ts';
import type { Observed } from './observed.ts';
import { secondImage, type Stage } from './stage.ts';

/** A Kustomization as far as the phases look at it. */
export interface Seen {
  /** What `Ready` says of the current generation. */
  ready: string | undefined;
  /** The generation that `Ready` speaks of, which with a failure is not the one reconciled last. */
  tried: number;
  revision: string | undefined;
  handledAt: string | undefined;
  /** The generation that was reconciled last. */
  observed: number;
}

/** What is kept of a Kustomization. */
export function seen(object: KubeObject): Seen {
  const status = (object['status'] ?? {}) as {
    observedGeneration?: number;
    conditions?: { type: string; status: string; message: string; observedGeneration?: number }[];
    lastAppliedRevision?: string;
    lastHandledReconcileAt?: string;
  };
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const isCurrent = status.observedGeneration === object.metadata.generation;
  return {
    ready: ready?.status === 'True' && isCurrent ? 'True' : ready?.message,
    revision: status.lastAppliedRevision,
    handledAt: status.lastHandledReconcileAt,
    observed: status.observedGeneration ?? -1,
    tried: ready?.observedGeneration ?? -1,
  };
}

/** Kustomizations and ConfigMaps of all tenants. */
export interface Watched {
  kustomizations: Observed<Seen>;
  /** `data.colour` of each. */
  colours: Observed<string | undefined>;
}

/** Creates all Kustomizations, as their tenants would; until all are Ready. */
export async function install({ admin, tenants, options }: Stage, watched: Watched) {
  const objects = tenants.map((tenant) => appKustomization(tenant, options));
  const created = inLanes(objects, options.workers, (object) =>
    admin.create(types.kustomization, object),
  );
  await Promise.all([
    created,
    watched.kustomizations.until({
      what: 'every Kustomization is Ready',
      count: tenants.length,
      accept: ({ ready }) => ready === 'True',
    }),
  ]);
}

/**
 * Has Kustomizations installed that nothing is measured of, and deleted: the loop of the floor has
 * done all it does before it is measured, too.
 */
export async function installAndRemove(stage: Stage, watched: Watched): Promise<void> {
  const { admin, warmManagerTenants: tenants } = stage;
  await install({ ...stage, tenants }, watched);
  await inLanes(tenants, 8, (namespace) =>
    admin.delete(types.kustomization, { namespace, name: 'app' }),
  );
  const { items } = watched.kustomizations;
  while (tenants.some((namespace) => items.has(`${namespace}/app`))) await sleep(systemClock, 100);
}

/** Asks each for a reconcile; until each has answered. */
export async function reconcileAll({ admin, tenants, options }: Stage, watched: Watched) {
  const token = String(Date.now());
  const body = { metadata: { annotations: { [requestedAtAnnotation]: token } } };
  const asked = inLanes(tenants, options.workers, (namespace) =>
    admin.patch(types.kustomization, { namespace, name: 'app' }, { type: 'merge', body }),
  );
  await Promise.all([
    asked,
    watched.kustomizations.until({
      what: 'every request is answered',
      count: tenants.length,
      accept: ({ ready, handledAt }) => ready === 'True' && handledAt === token,
    }),
  ]);
}

/** Has a pushed image change fetched; until every tenant runs it. The push itself is not counted. */
export async function upgrade(
  { admin, git, tenants }: Stage,
  watched: Watched,
  image = secondImage,
): Promise<number> {
  const write = { [deploymentFile]: deploymentText(image) };
  const hash = await git.commit(repository, { write, message: 'Change the image' });
  const started = performance.now();
  const body = { metadata: { annotations: { [requestedAtAnnotation]: hash } } };
  await admin.patch(types.gitRepository, source, { type: 'merge', body });
  await watched.kustomizations.until({
    what: 'every Kustomization is Ready at the new revision',
    count: tenants.length,
    accept: ({ ready, revision }) => ready === 'True' && revision === `main@sha1:${hash}`,
  });
  return (performance.now() - started) / 1000;
}

/** Edits, then deletes, one object of Git by hand, tenant by tenant; the slowest correction. */
export async function drift({ admin, tenants }: Stage, watched: Watched): Promise<number> {
  let slowest = 0;
  for (const [index, namespace] of tenants.slice(0, 6).entries()) {
    const key = { namespace, name: 'web' };
    const id = `${namespace}/web`;
    const body = { data: { colour: 'red' } };
    const started = performance.now();
    if (index % 3 === 2) await admin.delete(types.configMap, key);
    else await admin.patch(types.configMap, key, { type: 'merge', body });
    await watched.colours.until({
      what: `the drift of ${id} is seen`,
      count: 1,
      accept: (colour, at) => at === id && colour === 'blue',
    });
    slowest = Math.max(slowest, (performance.now() - started) / 1000);
  }
  return slowest;
}

/** Creates a chain, last step first, each depending on the one before; until all are Ready. */
export async function chain({ admin, options, chainTenant }: Stage, watched: Watched) {
  const steps = Array.from({ length: chainLength }, (_, i) => chainLength - i);
  const objects = steps.map((step) =>
    kustomization(chainTenant, `step-${step}`, {
      interval: options.interval,
      path: `./chain/${step}`,
      dependsOn: step === 1 ? [] : [{ name: `step-${step - 1}` }],
    }),
  );
  await Promise.all([
    inLanes(objects, 1, (object) => admin.create(types.kustomization, object)),
    watched.kustomizations.until({
      what: 'the chain is Ready',
      count: chainLength,
      accept: ({ ready }, key) => key.startsWith(`${chainTenant}/`) && ready === 'True',
    }),
  ]);
}
