import { managedByController, managedByLabel } from '../../api/capsule/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { describeRules } from './described-rules.ts';
import type { Rule, Variable } from './rule.ts';

type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

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

interface PolicyScope {
  /** Name of the policy and of its binding. */
  name: string;
  resources: ResourceRule[];
  /** Requests it is not about, of those that `resources` names. */
  except?: ResourceRule[];
  matchConditions: MatchCondition[];
  variables: Variable[];
  params?: Params;
  /** Namespaces whose objects it is about; all if absent. */
  namespaceSelector?: Record<string, unknown>;
  /** Objects it is about, by what their labels are or were; all if absent. Others cost nothing. */
  objectSelector?: Record<string, unknown>;
}

/** What a validating policy is compiled from. */
export interface ValidatingPolicy<Facts> extends PolicyScope {
  rules: readonly Rule<Facts>[];
  /** Texts that the API server's audit log gets as `<policy>/<name>`; empty ones are left out. */
  audits?: readonly Variable[];
}

const apiVersion = 'admissionregistration.k8s.io/v1';
const labels = { [managedByLabel]: managedByController };

/**
 * A ValidatingAdmissionPolicy and its binding. Refusals are 403 (`reason: Forbidden`), as those of
 * RBAC; a failing expression refuses too.
 */
export function validatingPolicy<Facts>(policy: ValidatingPolicy<Facts>): KubeObject[] {
  const { name, rules, audits = [] } = policy;
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels, annotations: describeRules(rules) },
      spec: {
        ...scopeOf(policy),
        validations: rules.map(({ cel, message, messageCel }) => ({
          expression: cel,
          message,
          ...(messageCel !== undefined && { messageExpression: messageCel }),
          reason: 'Forbidden',
        })),
        ...(audits.length > 0 && {
          auditAnnotations: audits.map(({ name: key, expression }) => ({
            key,
            valueExpression: expression,
          })),
        }),
      },
    },
    ...bindingsOf(policy).map(({ suffix, spec }) => ({
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: `${name}${suffix}`, labels },
      spec: { policyName: name, validationActions: ['Deny'], ...spec },
    })),
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
    ...bindingsOf(policy).map(({ suffix, spec }) => ({
      apiVersion,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: `${name}${suffix}`, labels },
      spec: { policyName: name, ...spec },
    })),
  ];
}

function scopeOf(scope: PolicyScope) {
  const { resources, except, objectSelector, matchConditions, variables, params } = scope;
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      matchPolicy: 'Equivalent',
      resourceRules: resources,
      ...(except && { excludeResourceRules: except }),
      ...(objectSelector && { objectSelector }),
    },
    ...(matchConditions.length > 0 && { matchConditions }),
    ...(variables.length > 0 && { variables }),
    ...(params && { paramKind: { apiVersion: params.apiVersion, kind: params.kind } }),
  };
}

/** One binding; where parameters may be missing, one for creations and one for the rest. */
function bindingsOf({ params, namespaceSelector, resources }: PolicyScope) {
  const bound = (parameterNotFoundAction?: string, resourceRules?: ResourceRule[]) => {
    const matchResources = {
      ...(namespaceSelector && { namespaceSelector }),
      ...(resourceRules && { resourceRules }),
    };
    return {
      ...(params && { paramRef: { name: params.name, parameterNotFoundAction } }),
      ...(Object.keys(matchResources).length > 0 && { matchResources }),
    };
  };
  if (params?.ifMissing !== 'Deny') return [{ suffix: '', spec: bound(params?.ifMissing) }];
  const among = (isMeant: (operation: Operation) => boolean) =>
    resources
      .map((rule) => ({ ...rule, operations: rule.operations.filter(isMeant) }))
      .filter(({ operations }) => operations.length > 0);
  const creations = among((operation) => operation === 'CREATE');
  const rest = among((operation) => operation !== 'CREATE');
  return [
    { suffix: '', spec: bound('Deny', creations) },
    ...(rest.length > 0 ? [{ suffix: '.later', spec: bound('Allow', rest) }] : []),
  ];
}
