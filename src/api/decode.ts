import type { z } from 'zod';

/** A spec that its kind's schema does not allow; the message is fit for a status. */
export class InvalidSpecError extends Error {
  override name = 'InvalidSpecError';
}

const maxIssues = 5;
const maxPathLength = 160;

/** `value` with defaults filled in. Throws an {@link InvalidSpecError} that quotes no value. */
export function decodeSpec<Spec>(schema: z.ZodType<Spec>, value: unknown): Spec {
  const result = schema.safeParse(value, { error: describeIssue });
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `${formatPath(path)} ${message}`);
  const more = lines.length > maxIssues ? [`and ${lines.length - maxIssues} more`] : [];
  throw new InvalidSpecError([...lines.slice(0, maxIssues), ...more].join('; '));
}

/**
 * `value` as a status. A field that does not fit, left by an older version or a foreign hand, is
 * dropped rather than reported: what a controller wrote it can write again, and a status must
 * never keep an object from being reconciled.
 */
export function decodeStatus<Status>(
  schema: z.ZodType<Status>,
  value: unknown,
): Status | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const whole = schema.safeParse(value);
  if (whole.success) return whole.data;
  const broken = new Set(whole.error.issues.map(({ path }) => path[0]));
  const rest = Object.entries(value).filter(([field]) => !broken.has(field));
  return schema.safeParse(Object.fromEntries(rest)).data;
}

const articles: Record<string, string> = {
  string: 'a string',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'an object',
  record: 'a map',
};

/** What the field may be, without what it is: a value may be a secret in the wrong place. */
function describeIssue(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined && issue.code !== 'custom') return 'is required';
  if (issue.code === 'invalid_type') return `must be ${articles[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value')
    return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_format') return `must match ${issue.pattern ?? issue.format}`;
  if (issue.code === 'too_small')
    return `must have at least ${sizeOf(issue.minimum, issue.origin)}`;
  if (issue.code === 'too_big') return `must have at most ${sizeOf(issue.maximum, issue.origin)}`;
  return 'is not valid';
}

function sizeOf(bound: number | bigint, origin: string): string {
  const unit = { string: ' character', array: ' item' }[origin];
  if (unit === undefined) return `${bound}`;
  return `${bound}${unit}${Number(bound) === 1 ? '' : 's'}`;
}

/** `spec.dependsOn[0].name`, bounded: keys of maps are the user's. */
function formatPath(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return `spec${text.join('')}`.slice(0, maxPathLength);
}
