import type { MatchCondition, ResourceRule } from '../access/policy/compile.ts';
import type { AdmissionRequest } from './request.ts';
import type { Verdict } from './verdict.ts';

/** One rule of a hook, in a file of its own; the first that refuses decides. */
export interface AdmissionRule<Context> {
  /** For metrics and the docs: `namespace-quota`. */
  name: string;
  check(request: AdmissionRequest, context: Context): Verdict | Promise<Verdict>;
}

/** What becomes of requests while no process of ours answers. */
export interface FailurePolicy {
  policy: 'Fail' | 'Ignore';
  /** Why that is safe; it is printed in the docs. */
  because: string;
}

/** A webhook: which requests the API server sends, and the rules they pass in order. */
export interface Hook<Context> {
  /** First part of its name: `namespaces` is `namespaces.validating.projectcapsule.dev`. */
  name: string;
  type: 'validating' | 'mutating';
  /** Path on the webhook server, as Capsule has it. */
  path: string;
  resources: readonly ResourceRule[];
  matchConditions?: readonly MatchCondition[];
  namespaceSelector?: Readonly<Record<string, unknown>>;
  objectSelector?: Readonly<Record<string, unknown>>;
  failurePolicy: FailurePolicy;
  rules: readonly AdmissionRule<Context>[];
}
