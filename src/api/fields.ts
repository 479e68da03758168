import { z } from 'zod';
import { durationPattern } from '../base/duration.ts';

/**
 * The building blocks that kinds are declared from. Each is a zod schema that both decodes an
 * object and, through src/api/crd, becomes the same validation in the CRD's OpenAPI schema.
 */

/** Marks a field that only some served versions require; read and removed by src/api/crd. */
export const requiredInKey = 'x-required-in';

/** An interval or timeout in Go's notation (metav1.Duration as Flux restricts it). */
export const duration = z.string().regex(new RegExp(durationPattern), {
  error: 'must be a duration such as 30s, 5m or 1h30m (units ms, s, m, h)',
});

/** A timeout of a source: as {@link duration}, but never in hours. */
export const shortDuration = z.string().regex(/^([0-9]+(\.[0-9]+)?(ms|s|m))+$/, {
  error: 'must be a duration such as 30s or 5m (units ms, s, m)',
});

/** An RFC 3339 timestamp (metav1.Time). */
export const timestamp = z.string().meta({ format: 'date-time' });

/** An integer of Kubernetes' int64 type, within what JavaScript counts exactly. */
export const int64 = z.int().meta({ format: 'int64' });

/** An integer of Kubernetes' int32 type. */
export const int32 = z.int().meta({ format: 'int32' });

/** Labels, annotations, variables: strings by name. */
export const stringMap = z.record(z.string(), z.string());

/** Any JSON, kept as it is (apiextensions' `x-kubernetes-preserve-unknown-fields`). */
export const anyJson = z.unknown().meta({ 'x-kubernetes-preserve-unknown-fields': true });

/**
 * A field that `versions` require and the older ones, whose users could leave it out, default to
 * `value`. Versions share one stored form (strategy None), so decoding fills the default too.
 */
export function requiredIn<S extends z.ZodType>(
  versions: readonly string[],
  schema: S,
  value: z.util.NoUndefined<z.output<S>>,
): z.ZodDefault<S> {
  return schema.default(value).meta({ [requiredInKey]: versions });
}

/** One `x-kubernetes-validations` entry and the same condition in TypeScript. */
export interface CrossFieldRule<T> {
  /** CEL, evaluated by the API server with the value as `self`. */
  rule: string;
  /** What the user reads: which combination is allowed. */
  message: string;
  /** The rule again, for objects that were stored before the rule was. */
  holds(value: T): boolean;
}

/** `schema` with rules over several of its fields, held by the API server and by decoding alike. */
export function withRules<S extends z.ZodType>(
  schema: S,
  rules: readonly CrossFieldRule<z.output<S>>[],
): S {
  const checked = rules.reduce(
    (current, { holds, message }) => current.refine(holds, { error: message }),
    schema,
  );
  return checked.meta({
    ...schema.meta(),
    'x-kubernetes-validations': rules.map(({ rule, message }) => ({ message, rule })),
  });
}
