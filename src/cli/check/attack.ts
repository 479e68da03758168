import type { World } from './world.ts';
import type { Outcome } from './outcome.ts';

/** What a hostile tenant would do, and what comes of it here. */
export interface Attack {
  /** `<area>/<name>`, the place of its file. */
  id: string;
  /** What the tenant does: `puts a namespace of nobody into its tenant`. */
  title: string;
  /** What it would win. */
  why: string;
  /** What to change where it is allowed. */
  remedy: string;
  /** Ids of the Kubernetes Multi-Tenancy Benchmarks that it is about. */
  benchmarks?: readonly string[];
  /** Tries it without doing harm. Throws only what says nothing about the attack. */
  attempt(world: World): Promise<Outcome>;
}
