import type { ObjectKey } from '../../kube/object.ts';
import type { Readiness } from '../../kube/readiness.ts';
import { formatKey } from '../../kube/object.ts';
import type { InventoryItem } from '../../api/kustomize/inventory.ts';
import type { Applied } from './apply/plan.ts';

/** One try to reach a state: from its first run to healthy, or to failure. */
export interface Attempt {
  /** What is tried: another revision, spec or request makes another attempt. */
  key: string;
  revision: string;
  /** Generation, revision and the latest request: what makes it another thing to want. */
  state: string;
  /** All of it was applied before, as the status says: what differs is drift. */
  isRepeat?: boolean;
  /** The status says that this very build was the last to be applied. */
  wasApplied?: boolean;
  /** The request it answers, which later runs of it no longer see. */
  requestedAt: string | undefined;
  startedAtMs: number;
  /** What keeps it from applying the rest, and since when. */
  blocked?: { by: string; sinceMs: number } | undefined;
  /** Objects were written, so its end is worth telling. */
  changed: boolean;
  /** All was applied, and only health is waited for. */
  awaitsHealth?: boolean;
}

/** What the expressions of a rule said of one version of an object. */
export interface HealthVerdict {
  uid: string;
  resourceVersion: string;
  /** Of the rule. */
  key: string;
  readiness: Readiness;
}

/** What a build was made of, as far as siblings can tell. */
export interface BuiltFrom {
  revision: string;
  generation: number;
}

/** How the deletions of one build began. */
export interface Pruning extends BuiltFrom {
  startedAtMs: number;
  /** Objects there were before. */
  of: number;
  /** A process or a revision before this one held deletions back, and nobody has let them go. */
  isHeldBack: boolean;
}

/**
 * What this process remembers of one Kustomization between runs. All of it can be lost at any
 * moment: what it saves is requests, never correctness.
 */
export interface Memory {
  uid: string;
  /** How each object was left, by refId. */
  applied: Map<string, Applied>;
  /** The cluster that all this is about, by {@link Target.cluster}. */
  cluster: string | undefined;
  /** The inventory as last recorded, in case the cached status lags behind. */
  inventory: readonly InventoryItem[];
  /** The build that the inventory includes. */
  built: BuiltFrom | undefined;
  /** What the deletions of that build are measured by. */
  pruning: Pruning | undefined;
  attempt: Attempt | undefined;
  /** The revision last found wanting in health, and when it is tried again. */
  unhealthy: { revision: string; untilMs: number } | undefined;
  /** What expressions said of objects, by refId. */
  verdicts: Map<string, HealthVerdict>;
  /** What was told of drift that is left alone, by refId. */
  toldDrift?: ReadonlyMap<string, string>;
  /** Namespaces that it made, and when. */
  madeNamespaces: Map<string, number>;
  /** When each object was deleted to be made anew that has not been made yet, by refId. */
  replacedAt: Map<string, number>;
  /** Reconciles that changed nothing and were not written to the history. */
  uncounted: number;
}

/** Memories by Kustomization. */
export interface Memories {
  /** Of the object with that uid: a namesake made anew starts with nothing. */
  of(key: ObjectKey, uid: string): Memory;
  forget(key: ObjectKey): void;
}

export function createMemories(): Memories {
  const memories = new Map<string, Memory>();
  return {
    of(key, uid) {
      const name = formatKey(key);
      const known = memories.get(name);
      if (known?.uid === uid) return known;
      const fresh: Memory = {
        uid,
        cluster: undefined,
        applied: new Map(),
        inventory: [],
        built: undefined,
        pruning: undefined,
        attempt: undefined,
        unhealthy: undefined,
        verdicts: new Map(),
        madeNamespaces: new Map(),
        replacedAt: new Map(),
        uncounted: 0,
      };
      memories.set(name, fresh);
      return fresh;
    },
    forget: (key) => void memories.delete(formatKey(key)),
  };
}
