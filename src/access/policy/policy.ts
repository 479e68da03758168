import type { Rule, Variable } from './rule.ts';

/** What admission policies are declared as; src/access/policy/compile.ts makes objects of them. */

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** Which requests a policy is about (admissionregistration.k8s.io/v1 NamedRuleWithOperations). */
export interface ResourceRule {
  apiGroups: string[];
  apiVersions: string[];
  operations: Operation[];
  resources: string[];
  /** Only resources that are, or are not, in a namespace; both if absent. */
  scope?: 'Cluster' | 'Namespaced';
}

/** A condition of a request to be looked at; one that is false costs the request nothing more. */
export interface MatchCondition {
  name: string;
  expression: string;
}

/** A label selector of meta/v1; the requirement that fewest namespaces meet comes first. */
export interface NamespaceSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** Where a policy takes its parameters from. */
export interface Params {
  apiVersion: string;
  kind: string;
  name: string;
  /**
   * What becomes of creations while the parameters do not exist. Updates and deletions go on: in a
   * namespace that is being deleted the parameters may be gone before what has finalizers.
   */
  ifMissing: 'Allow' | 'Deny';
}

/** Which requests a policy looks at. */
export interface PolicyScope {
  /** Name of the policy and of its binding; it ends in `.tenantry.dev`. */
  name: string;
  resources: ResourceRule[];
  /** Requests it is not about, of those that `resources` names. */
  except?: ResourceRule[];
  matchConditions: MatchCondition[];
  variables: Variable[];
  params?: Params;
  /** Never made one with other policies, so that no parameter of theirs decides whether it holds. */
  isAlone?: true;
  /** Namespaces whose objects it is about; all if absent. */
  namespaceSelector?: NamespaceSelector;
  /** Objects it is about, by what their labels are or were; all if absent. Others cost nothing. */
  objectSelector?: Record<string, unknown>;
}

/** What a validating policy is compiled from. */
export interface ValidatingPolicy<Facts = unknown> extends PolicyScope {
  rules: readonly Rule<Facts>[];
  /** Texts that the API server's audit log gets as `<policy>/<name>`; empty ones are left out. */
  audits?: readonly Variable[];
}

/** Maps of an object's metadata that may be absent. */
export type MetadataMap = 'labels' | 'annotations';

/** What a mutating policy is compiled from. */
export interface MutatingPolicy extends PolicyScope {
  /** CEL that yields lists of JSONPatch operations, each of the object as it was sent. */
  patches: readonly string[];
  /** Maps that the operations add single keys to; an absent one is made before. */
  addsTo?: readonly MetadataMap[];
}

export type Policy =
  ({ type: 'validating' } & ValidatingPolicy) | ({ type: 'mutating' } & MutatingPolicy);

/** Declares a policy that refuses. */
export function validatingPolicy<Facts>(policy: ValidatingPolicy<Facts>): Policy[] {
  return [{ type: 'validating', ...policy }];
}

/** Declares a policy that changes. It runs before webhooks, and once. */
export function mutatingPolicy(policy: MutatingPolicy): Policy[] {
  return [{ type: 'mutating', ...policy }];
}
