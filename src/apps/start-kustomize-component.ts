import type { AccessPolicy } from '../access/security-profile.ts';
import { pruneApprovalAnnotation } from '../api/annotations.ts';
import { watchLabel, watchLabelEnabled } from '../api/labels.ts';
import type { PruneGuard } from '../api/kustomize/parts.ts';
import { Kustomization } from '../api/kustomize/kustomization.ts';
import { GitRepository } from '../api/source/git-repository.ts';
import { kustomizationController } from '../controllers/kustomization/controller.ts';
import {
  kustomizationProfile,
  takeoverFor,
} from '../controllers/kustomization/apply/field-manager.ts';
import type { Marks } from '../controllers/kustomization/apply/marks.ts';
import { createMemories } from '../controllers/kustomization/memory.ts';
import type { DecryptionDefaults } from '../controllers/kustomization/build/decryption-defaults.ts';
import type {
  BuildRequest,
  RenderBuild,
} from '../controllers/kustomization/build/build-request.ts';
import { watchVariables } from '../controllers/kustomization/build/watch-variables.ts';
import type { KustomizationDeps } from '../controllers/kustomization/work.ts';
import type { Cel } from '../engines/cel/cel.ts';
import type { ArtifactReference } from '../engines/kustomize/engine-build.ts';
import type { Renderer } from '../engines/kustomize/renderer.ts';
import { keyOf, type KubeObject, type ObjectKey } from '../kube/object.ts';
import type { OwnClient } from '../kube/client.ts';
import { readIfThere } from '../kube/read-if-there.ts';
import { createRemoteDeps, type RemoteOptions } from './create-remote-deps.ts';
import { createArtifactProofs } from '../controllers/shared/artifact-proofs.ts';
import { defaultFeatureGates, type FeatureGates } from '../runtime/feature-gates.ts';
import type { SourceAccess, SourceObject } from '../controllers/shared/source-access.ts';
import { createManagedObjects } from '../runtime/managed/managed-objects.ts';
import { startController, type RunningController } from '../runtime/run-controller.ts';
import type { Runtime } from '../runtime/runtime.ts';

export interface KustomizeComponentOptions {
  runtime: Runtime;
  /** The control plane's own client, which becomes the tenants. */
  client: OwnClient;
  policy: AccessPolicy;
  /** `--feature-gates`. */
  gates?: FeatureGates;
  renderer: Renderer;
  /** Of the engines that the renderer uses: {@link KustomizationDeps.makeWay}. */
  makeWay: KustomizationDeps['makeWay'];
  cel: Cel;
  /** Bytes of the artifact of a source, after access to it was decided. */
  openArtifact(
    request: Pick<BuildRequest, 'source' | 'tenant' | 'signal'>,
  ): ReturnType<ArtifactReference['open']>;
  /** What an administrator set up for `spec.decryption`. */
  decryption?: DecryptionDefaults;
  /** `--concurrent`. */
  workers?: number;
  /** `--concurrent-ssa`. */
  concurrentApplies?: number;
  /** `--override-manager`. */
  overrideManagers?: readonly string[];
  /** `--custom-apply-stage-kinds`, as `group/Kind`. */
  customStageKinds?: readonly string[];
  tokenCache?: RemoteOptions['tokenCache'];
  /** `--proxy-url`, unless `--proxy-shortcut=false`: past the proxy goes what it would send on anyhow. */
  proxyUrl?: string | undefined;
  /** `--watch-configs-label-selector`; empty: all ConfigMaps and Secrets. */
  watchConfigsSelector?: string;
  /** `--prune-guard`. */
  pruneGuard?: PruneGuard | undefined;
}

/** Starts reconciling Kustomizations, until the runtime's signal aborts. */
export function startKustomizeComponent(options: KustomizeComponentOptions): RunningController {
  const { runtime, client, policy, workers, overrideManagers } = options;
  const { caches, clock, log } = runtime;
  const gates = options.gates ?? defaultFeatureGates;
  const takeover = takeoverFor(overrideManagers, gates);
  const managed = createManagedObjects<Marks>({
    client,
    profile: kustomizationProfile(takeover),
    clock,
    log: log.child({ controller: kustomizationController.name }),
  });
  const remotes = createRemoteDeps(remoteOptions(options), takeover);
  const deps: KustomizationDeps = {
    client,
    policy,
    gates,
    caches,
    sources: sourceAccess(options),
    render: renderWith(options),
    makeWay: options.makeWay,
    cel: options.cel,
    managed,
    memories: createMemories(),
    remotes,
    decryption: options.decryption ?? {},
    takeover,
    concurrentApplies: options.concurrentApplies ?? 4,
    customStageKinds: new Set(options.customStageKinds),
    pruneGuard: options.pruneGuard,
    dependencyMs: runtime.dependencyMs,
  };
  const started = startController(
    kustomizationController,
    deps,
    runtime,
    workers === undefined ? {} : { workers },
  );
  managed.onWake(({ owner, cause }) => {
    const { driftDetection } = caches.for<Kustomization>(Kustomization.type).get(owner)?.spec ?? {};
    if (cause === 'drift' && driftDetection?.mode === 'off') return;
    started.wake(owner, { asked: cause === 'progress' });
  });
  const { signal } = runtime;
  const { watchConfigsSelector: labelSelector = `${watchLabel}=${watchLabelEnabled}` } = options;
  if (!gates.DisableConfigWatchers) {
    const wake = (key: ObjectKey) => started.wake(key);
    watchVariables({ client, caches, labelSelector, signal, clock, log, wake });
  }
  caches.for(Kustomization.type).onChange(({ before, after }) => {
    // Also of one whose finalizer somebody took away.
    if (before && !after) forget(deps, before);
    if (after && approvalIn(after) !== approvalIn(before)) started.wake(keyOf(after));
  });
  void started.done.finally(() => {
    managed.close();
    void remotes.clusters[Symbol.asyncDispose]();
  });
  return started;
}

function remoteOptions(options: KustomizeComponentOptions): RemoteOptions {
  const { runtime, policy, tokenCache, proxyUrl, client: own } = options;
  const { clock, metrics } = runtime;
  return {
    policy,
    clock,
    tokenCache,
    ...(proxyUrl !== undefined && { shortcut: { proxyUrl, own } }),
    userAgent: 'tenantry-manager',
    // What kinds there are is the remote server's say: it names none of our series.
    onRequest: ({ verb, code }) =>
      metrics.apiRequest({ verb, resource: 'remote', code, identity: 'tenant' }),
  };
}

function sourceAccess({ runtime, client, policy, gates }: KustomizeComponentOptions): SourceAccess {
  const access = { caches: runtime.caches, policy, kinds: [GitRepository.type] };
  if (!gates?.DirectSourceFetch) return access;
  return {
    ...access,
    fetch: (type, key, signal) => readIfThere<SourceObject>(client, type, key, { signal }),
  };
}

/** The go for deletions is an annotation, which by itself wakes nobody. */
function approvalIn(object: KubeObject | undefined): string | undefined {
  return object?.metadata.annotations?.[pruneApprovalAnnotation];
}

function forget({ managed, memories }: KustomizationDeps, gone: KubeObject): void {
  managed.release(keyOf(gone));
  memories.forget(keyOf(gone));
}

function renderWith({ renderer, openArtifact }: KustomizeComponentOptions): RenderBuild {
  const prove = createArtifactProofs<BuildRequest>(openArtifact);
  return async (request) => {
    const { source, path, spec, substitution, decryption, tenant, signal } = request;
    await prove(request);
    const artifact = { digest: source.artifact.digest, open: () => openArtifact(request) };
    return renderer.render({ artifact, path, spec, substitution, decryption, tenant, signal });
  };
}
