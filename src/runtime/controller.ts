import type { Condition, KubeObject, ResourceType } from '../kube/object.ts';
import type { Outcome } from './outcome.ts';
import type { Run } from './run.ts';

/** The part of a kind's status that the runtime itself keeps. */
export interface CommonStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  lastHandledReconcileAt?: string;
}

/** An object of a kind a controller reconciles. */
export interface ReconciledObject<Spec, Status extends CommonStatus> extends KubeObject {
  spec: Spec;
  status?: Status;
}

/**
 * A kind as the runtime needs it; src/api's `defineKind` returns more. `decode` is the guard: a
 * malformed object becomes Stalled (InvalidSpec) and never breaks the watch.
 */
export interface ReconciledKind<Spec, Status extends CommonStatus> {
  readonly type: ResourceType;
  /** Fills defaults and validates; throws an Error whose message says which field is wrong. */
  decode(object: KubeObject): ReconciledObject<Spec, Status>;
}

export interface ControllerDefinition<Spec, Status extends CommonStatus, Deps> {
  kind: ReconciledKind<Spec, Status>;
  /** Name in logs, field manager of status patches, event source: `kustomize-controller`. */
  name: string;
  /** Event source, where upstream's differs from the name. */
  eventSource?: string;
  fieldManager?: string;
  /** Without one, objects are gone when they are deleted, and nothing is undone. */
  finalizer?: string;
  /**
   * The run itself adds the finalizer, by `run.hold`, before it does anything that `cleanup` would undo;
   * what never came so far is gone when it is deleted. Otherwise it is there before the first run.
   */
  isHeldByRun?: true;
  /** Kinds whose objects a run may track. */
  watches?: readonly ResourceType[];
  /**
   * True for an object, as it is in the cache, whose runs wait for another cluster: they have workers
   * of their own, so that one that does not answer keeps only its own kind waiting.
   */
  isRemote?(object: KubeObject | undefined): boolean;
  isSuspended(object: ReconciledObject<Spec, Status>): boolean;
  /** A suspended object still answers requestedAt in its status, as source kinds do. */
  handlesRequestWhileSuspended?: boolean;
  /** Time between runs without a cause, before jitter. */
  intervalMs(object: ReconciledObject<Spec, Status>): number;
  /** Fixed wait after a failure; exponential back-off when undefined. */
  retryMs?(object: ReconciledObject<Spec, Status>): number | undefined;
  /** Ceiling of one run. */
  timeoutMs(object: ReconciledObject<Spec, Status>): number;
  /** Added to every event about the object, whose status is as the run leaves it. */
  eventMetadata?(object: ReconciledObject<Spec, Status>): Record<string, string>;
  /**
   * Level-based: looks at the world as it is, makes it as it should be, may be called any number
   * of times. Returns an outcome or throws; never sets Ready itself.
   */
  reconcile(object: ReconciledObject<Spec, Status>, deps: Deps, run: Run<Status>): Promise<Outcome>;
  /** Undoes what reconcile did, before the finalizer is removed. Throwing keeps the finalizer. */
  cleanup?(
    object: ReconciledObject<Spec, Status>,
    deps: Deps,
    run: Run<Status>,
  ): Promise<Outcome | void>;
}

/**
 * Declares a controller, with the type of its dependencies first so that the kind's types are
 * inferred: `defineController<Deps>()({ kind: GitRepository, … })`.
 */
export function defineController<Deps>() {
  return <Spec, Status extends CommonStatus>(
    definition: ControllerDefinition<Spec, Status, Deps>,
  ): ControllerDefinition<Spec, Status, Deps> => definition;
}
