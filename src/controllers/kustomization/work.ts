import type { AccessPolicy } from '../../access/security-profile.ts';
import type { KustomizationSpec } from '../../api/kustomize/kustomization.ts';
import type { PruneGuard } from '../../api/kustomize/parts.ts';
import type { KustomizationStatus } from '../../api/kustomize/status.ts';
import type { Cel } from '../../engines/cel/cel.ts';
import type { OwnClient } from '../../kube/client.ts';
import type { KubeObject, ObjectKey } from '../../kube/object.ts';
import type { TakeoverOptions } from '../../kube/takeover.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { FeatureGates } from '../../runtime/feature-gates.ts';
import type { ManagedObjects } from '../../runtime/managed/managed-objects.ts';
import type { Run } from '../../runtime/run.ts';
import type { SourceAccess } from '../shared/source-access.ts';
import type { Actor } from './actor.ts';
import type { RemoteDeps } from './remote/remote-deps.ts';
import type { Target } from './target.ts';
import type { Marks } from './apply/marks.ts';
import type { IgnoreRules } from './drift/ignore-rules.ts';
import type { HealthRules } from './health/health-rules.ts';
import type { Memories, Memory } from './memory.ts';
import type { DecryptionDefaults } from './build/decryption-defaults.ts';
import type { RenderBuild } from './build/build-request.ts';
import type { CustomStageKinds } from './apply/stages.ts';

/** What all Kustomizations of a process share. */
export interface KustomizationDeps {
  /** The control plane's own: for what is about the control plane, and to become a tenant. */
  client: OwnClient;
  policy: AccessPolicy;
  gates: FeatureGates;
  caches: Caches;
  sources: SourceAccess;
  render: RenderBuild;
  /** Until disposed of, work of that tenant is under way, for which endless builds of others stand still. */
  makeWay(tenant: string): Disposable;
  cel: Cel;
  managed: ManagedObjects<Marks>;
  memories: Memories;
  /** For those with `spec.kubeConfig`. */
  remotes: RemoteDeps;
  takeover: TakeoverOptions;
  /** What an administrator set up for `spec.decryption`. */
  decryption: DecryptionDefaults;
  /** `--concurrent-ssa`: objects of one Kustomization applied at the same time. */
  concurrentApplies: number;
  /** `--custom-apply-stage-kinds`. */
  customStageKinds: CustomStageKinds;
  /** `--prune-guard`: of Kustomizations that name no guard of their own. */
  pruneGuard: PruneGuard | undefined;
  /** `--requeue-dependency`: the fallback wait for dependencies and sources; events come first. */
  dependencyMs: number;
}

/** One run's view of its Kustomization: what its steps share until it is known where it applies. */
export interface Preparation {
  readonly me: Required<ObjectKey>;
  readonly spec: KustomizationSpec;
  /** Reads what the spec refers to, in the Kustomization's own namespace. */
  readonly actor: Actor;
  readonly memory: Memory;
  readonly deps: KustomizationDeps;
  readonly run: Run<KustomizationStatus>;
  /** Of `metadata`. */
  readonly generation: number;
  /** The go for deletions that somebody gave, if any. */
  readonly approval: string | undefined;
  /** Values of Secrets that this run puts into manifests: what is told of a failure has none of them. */
  readonly secrets: Set<string>;
  /** Which Secrets those are of, and in which version. */
  readonly secretVersions: Set<string>;
}

/** The same, once it is known where and as whom it applies. */
export interface Work extends Preparation {
  readonly target: Target;
  /** How kinds are judged whose health is an expression of the spec. */
  readonly healthRules: HealthRules;
  /** Which fields the spec leaves to others. */
  readonly ignoreRules: IgnoreRules;
}

/** A Kustomization as the runtime hands it to a reconciler. */
export interface ReconciledKustomization extends KubeObject {
  spec: KustomizationSpec;
  status?: KustomizationStatus;
}
