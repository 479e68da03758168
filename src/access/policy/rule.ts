/**
 * One rule of tenancy, said twice: as CEL, which the API server evaluates with no process of ours
 * running, and as TypeScript, which the webhooks and the tests evaluate. A property test holds the
 * two against each other on a real API server.
 */
export interface Rule<Facts> {
  /** For tests, metrics and the docs: `namespace-tenant-is-kept`. */
  name: string;
  /** CEL over `object`, `oldObject`, `request`, `authorizer` and the policy's variables; true allows. */
  cel: string;
  /** The same in TypeScript. */
  holds(facts: Facts): boolean;
  /** What the user reads; the same whether or not the tenant named exists. */
  message: string;
  /** What would allow it, for those who may change that: `tenantry explain denial` tells it. */
  remedy?: string;
  /**
   * The message as an expression over the same, where it says what was asked for and what is
   * allowed instead. The API server falls back to `message` when it is longer than 5 KiB.
   */
  messageCel?: string;
  /** {@link messageCel} in TypeScript. */
  explain?(facts: Facts): string;
}

/** A named part of the expressions of a policy; evaluated once a request, and only when used. */
export interface Variable {
  name: string;
  expression: string;
}

/** A request a user was refused. */
export interface Refusal {
  rule: string;
  message: string;
}

/** The first rule that does not hold; undefined when all do. */
export function firstRefusal<Facts>(
  rules: readonly Rule<Facts>[],
  facts: Facts,
): Refusal | undefined {
  const broken = rules.find(({ holds }) => !holds(facts));
  return broken && { rule: broken.name, message: broken.explain?.(facts) ?? broken.message };
}
