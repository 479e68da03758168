import { managedByController, managedByLabel } from '../../api/capsule/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { describeRules } from './described-rules.ts';
import type { Rule, Variable } from './rule.ts';

/** Which requests a policy is about (admissionregistration.k8s.io/v1 NamedRuleWithOperations). */
export interface ResourceRule {
  apiGroups: string[];
  apiVersions: string[];
  operations: ('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT')[];
  resources: string[];
}

/** A condition of a request to be looked at; one that is false costs the request nothing more. */
export interface MatchCondition {
  name: string;
  expression: string;
}

/** Where a policy takes its parameters from. */
export interface Params {
  apiVersion: string;
  kind: string;
  name: string;
  /** What becomes of requests while the parameters do not exist. */
  ifMissing: 'Allow' | 'Deny';
}

interface PolicyScope {
  /** Name of the policy and of its binding. */
  name: string;
  resources: ResourceRule[];
  matchConditions: MatchCondition[];
  variables: Variable[];
  params?: Params;
  /** Namespaces whose objects it is about; all if absent. */
  namespaceSelector?: Record<string, unknown>;
}

/** What a validating policy is compiled from. */
export interface ValidatingPolicy<Facts> extends PolicyScope {
  rules: readonly Rule<Facts>[];
}

const apiVersion = 'admissionregistration.k8s.io/v1';
const labels = { [managedByLabel]: managedByController };

/**
 * A ValidatingAdmissionPolicy and its binding. Refusals are 403 (`reason: Forbidden`), as those of
 * RBAC; a failing expression refuses too.
 */
export function validatingPolicy<Facts>(policy: ValidatingPolicy<Facts>): KubeObject[] {
  const { name, rules } = policy;
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels, annotations: describeRules(rules) },
      spec: {
        ...scopeOf(policy),
        validations: rules.map(({ cel, message }) => ({
          expression: cel,
          message,
          reason: 'Forbidden',
        })),
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name, labels },
      spec: { policyName: name, validationActions: ['Deny'], ...bindingScope(policy) },
    },
  ];
}

/** What a mutating policy is compiled from. */
export interface MutatingPolicy extends PolicyScope {
  /** CEL that yields a list of JSONPatch operations. */
  patches: string[];
}

/** A MutatingAdmissionPolicy and its binding. It runs before webhooks, and once. */
export function mutatingPolicy(policy: MutatingPolicy): KubeObject[] {
  const { name, patches } = policy;
  return [
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name, labels },
      spec: {
        ...scopeOf(policy),
        reinvocationPolicy: 'Never',
        mutations: patches.map((expression) => ({
          patchType: 'JSONPatch',
          jsonPatch: { expression },
        })),
      },
    },
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name, labels },
      spec: { policyName: name, ...bindingScope(policy) },
    },
  ];
}

function scopeOf({ resources, matchConditions, variables, params }: PolicyScope) {
  return {
    failurePolicy: 'Fail',
    matchConstraints: { matchPolicy: 'Equivalent', resourceRules: resources },
    ...(matchConditions.length > 0 && { matchConditions }),
    ...(variables.length > 0 && { variables }),
    ...(params && { paramKind: { apiVersion: params.apiVersion, kind: params.kind } }),
  };
}

function bindingScope({ params, namespaceSelector }: PolicyScope) {
  return {
    ...(params && { paramRef: { name: params.name, parameterNotFoundAction: params.ifMissing } }),
    ...(namespaceSelector && { matchResources: { namespaceSelector } }),
  };
}
