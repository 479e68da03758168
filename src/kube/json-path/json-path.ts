import { CodedError } from '../../base/errors.ts';

/**
 * Kubernetes' JSONPath, as `kubectl get -o jsonpath` and printer columns have it: one path, without
 * `range` and text around it.
 */
export type JsonPath = readonly Step[];

/** One step, from all values before it to all after it. */
export type Step =
  | { step: 'field'; name: string }
  /** All members of objects and lists. */
  | { step: 'wildcard' }
  /** Each value with all objects and lists in it. */
  | { step: 'descend' }
  /** `[from:to:by]`; negative numbers count from the end. */
  | { step: 'slice'; from?: number; to?: number; by: number }
  | { step: 'index'; at: number }
  | { step: 'union'; paths: readonly JsonPath[] }
  | { step: 'filter'; filter: Filter };

/** Of which items of a list are kept. */
export type Filter =
  { operator: 'exists'; left: Operand } | { operator: Operator; left: Operand; right: Operand };

export const operators = ['==', '!=', '<=', '>=', '<', '>'] as const;
export type Operator = (typeof operators)[number];

/** A path from the item, or a literal. */
export type Operand = JsonPath | { literal: string | number | boolean };

/**
 * - `syntax`: it is no path.
 * - `value`: what it meets is not of the shape it needs.
 * - `steps`: it looks at more than it may.
 */
export type JsonPathFailure = 'syntax' | 'value' | 'steps';

/** A path failed; the message holds nothing of the object. */
export class JsonPathError extends CodedError<JsonPathFailure> {}
