import type { MatchCondition, ResourceRule } from '../access/policy/policy.ts';
import type { CountedScope } from '../access/quotas/custom/counted-scope.ts';
import type { IdentityCelOptions } from '../access/tenancy/identity-cel.ts';
import type { AdmissionRule } from './admission-rule.ts';
import type { AdmissionContext } from './context.ts';
import { evaluateRules, type Decision } from './evaluate-rules.ts';
import type { AdmissionRequest } from './request.ts';

/** What becomes of requests while no process of ours answers. */
export interface FailurePolicy {
  policy: 'Fail' | 'Ignore';
  /** Why that is safe; it is printed in the docs. */
  because: string;
}

/** A webhook as it is registered: which requests the API server sends. */
export interface HookDeclaration {
  /** First part of its name: `namespaces` is `namespaces.validating.projectcapsule.dev`. */
  name: string;
  type: 'validating' | 'mutating';
  /** Path on the webhook server, as Capsule has it. */
  path: string;
  /** What it is for, in a sentence of the docs. */
  purpose: string;
  /** Fixed, or made for what custom quotas count; without any, the hook is not registered. */
  resources: readonly ResourceRule[] | ((counted: readonly CountedScope[]) => ResourceRule[]);
  /** Fixed, or made for the configuration that counts and for what custom quotas count. */
  matchConditions?:
    | readonly MatchCondition[]
    | ((
        identities: IdentityCelOptions,
        counted: readonly CountedScope[],
      ) => readonly MatchCondition[]);
  /**
   * Whose requests it is asked about: people and accounts of theirs if absent. Nodes, and the control
   * plane itself, never.
   */
  asks?: 'controllers' | 'everybody';
  /** How long a request waits for an answer, at most. */
  timeoutSeconds?: number;
  namespaceSelector?: Readonly<Record<string, unknown>>;
  objectSelector?: Readonly<Record<string, unknown>>;
  /** Of a mutating hook: whether it is asked again when a later one changes the object. */
  reinvocationPolicy?: 'Never' | 'IfNeeded';
  failurePolicy: FailurePolicy;
  /**
   * It does what mutating policies do where API servers have none, and is registered there only.
   */
  insteadOfPolicies?: boolean;
}

/** A webhook, and the rules that requests pass in order. */
export interface Hook<Context> extends HookDeclaration {
  /** What its rules share of one request: tenant and user are looked up once. */
  contextOf(request: AdmissionRequest, admission: AdmissionContext): Context | Promise<Context>;
  rules: readonly AdmissionRule<Context>[];
}

/** A hook of whatever context. */
export interface DefinedHook extends HookDeclaration {
  /** Names of its rules, in order. */
  rules: readonly string[];
  review(request: AdmissionRequest, admission: AdmissionContext): Promise<Decision>;
}

/** Defines a hook; src/admission/hooks.ts lists it. */
export function defineHook<Context>(hook: Hook<Context>): DefinedHook {
  const { contextOf, rules, ...declaration } = hook;
  return {
    ...declaration,
    rules: rules.map(({ name }) => name),
    async review(request, admission) {
      return await evaluateRules(rules, request, await contextOf(request, admission));
    },
  };
}
