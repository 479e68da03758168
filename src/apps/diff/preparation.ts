import type { AccessPolicy } from '../../access/security-profile.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { Cluster } from '../../cli/cluster/connect.ts';
import type { Cel } from '../../engines/cel/cel.ts';
import type { Actor } from '../../controllers/kustomization/actor.ts';
import {
  kustomizationProfile,
  takeoverFor,
} from '../../controllers/kustomization/apply/field-manager.ts';
import type { RenderBuild } from '../../controllers/kustomization/build/build-request.ts';
import { prepare } from '../../controllers/kustomization/reconcile.ts';
import { createMemories } from '../../controllers/kustomization/memory.ts';
import type {
  KustomizationDeps,
  Preparation,
  ReconciledKustomization,
} from '../../controllers/kustomization/work.ts';
import { defaultFeatureGates } from '../../runtime/feature-gates.ts';
import { createRemoteDeps } from '../create-remote-deps.ts';
import { createManagedObjects } from '../../runtime/managed/managed-objects.ts';
import type { Caches, ReadCache } from '../../runtime/cache/read-cache.ts';
import type { Run } from '../../runtime/run.ts';
import type { Identity } from '../../kube/identity.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';

/** What one run of the controller's steps would share, in a process that only looks. */
export function preparationFor(request: {
  object: ReconciledKustomization;
  cluster: Cluster;
  actor: Actor;
  policy: AccessPolicy;
  render: RenderBuild;
  cel: Cel;
}): Preparation {
  const { object, cluster, actor } = request;
  // Who acts is the one thing that may differ: whoever may not become the tenant looks themselves.
  return { ...prepare(object, depsFor(request), onlyLooking(cluster.signal)), actor };
}

function depsFor({
  cluster,
  policy,
  render,
  cel,
}: Pick<Parameters<typeof preparationFor>[0], 'cluster' | 'policy' | 'render' | 'cel'>) {
  // Whoever typed the command, also when that is somebody named by --as.
  const client = { ...cluster.client, as: (identity: Identity) => cluster.own.as(identity) };
  const takeover = takeoverFor();
  const deps = {
    client,
    policy,
    gates: defaultFeatureGates,
    caches: noCaches,
    sources: { caches: noCaches, policy, kinds: [GitRepository.type] },
    render,
    cel,
    decryption: {},
    managed: createManagedObjects({
      client,
      profile: kustomizationProfile(takeover),
      clock: systemClock,
      log: silentLog,
    }),
    memories: createMemories(),
    remotes: createRemoteDeps({ policy, clock: systemClock, userAgent: 'tenantry-cli' }, takeover),
    takeover,
    concurrentApplies: 4,
    customStageKinds: new Set(),
    dependencyMs: 0,
  };
  // What only applying needs is not there: nothing of it is done here.
  return deps as Partial<KustomizationDeps> as KustomizationDeps;
}

/** Nothing is recorded, told or tracked. */
function onlyLooking(signal: AbortSignal): Run<never> {
  const nothing = () => {};
  return {
    signal,
    clock: systemClock,
    log: silentLog,
    requestedAt: undefined,
    asked: true,
    record: nothing,
    condition: nothing,
    clear: nothing,
    event: nothing,
    progress: () => Promise.resolve(),
    track: nothing,
    isHeld: true,
    hold: () => Promise.resolve(),
  };
}

/** Caches that hold nothing: who looks once asks the API server. */
const noCaches: Caches = {
  for: <T extends KubeObject>(type: ResourceType): ReadCache<T> => ({
    type,
    synced: () => Promise.resolve(),
    isSynced: true,
    get: () => undefined,
    list: () => [],
    observe() {},
    onChange: () => () => {},
  }),
};
