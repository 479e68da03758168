import type { KubeObject } from '../../../kube/object.ts';

/** CEL over `object`, as a quota has it. */
export interface QuotaExpression {
  source: string;
  gives: 'boolean' | 'quantities';
  /** Where it stands: `spec.sources[0].cel`. */
  path: string;
}

/** What an expression says of an object; a fault is in words, without what the object holds. */
export type Said = { value: boolean } | { quantities: readonly string[] } | { fault: string };

/** Evaluates the expressions of quotas, bounded in time and memory and in turns between tenants. */
export interface QuotaExpressions {
  /** What is wrong with each in itself. */
  check(expressions: readonly QuotaExpression[], who: Asking): Promise<(string | undefined)[]>;
  /** What each says of an object. */
  evaluate(
    expressions: readonly QuotaExpression[],
    object: KubeObject,
    who: Asking,
  ): Promise<Said[]>;
}

/** For whom it is done: a namespace, or nobody's. */
export interface Asking {
  tenant: string;
  signal?: AbortSignal | undefined;
}
