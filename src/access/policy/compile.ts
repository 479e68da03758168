import {
  createdByLabel,
  managedByController,
  managedByLabel,
  ringCreator,
} from '../../api/capsule/labels.ts';
import type { KubeObject } from '../../kube/object.ts';
import { celSum } from './cel.ts';
import { describeRules } from './described-rules.ts';
import { mergePolicies } from './merge-policies.ts';
import type {
  MetadataMap,
  MutatingPolicy,
  Operation,
  Policy,
  PolicyScope,
  ResourceRule,
  ValidatingPolicy,
} from './policy.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';
/** Absent from API servers before 1.36: there webhooks do its work. */
export const mutatingPolicyKind = { apiVersion, kind: 'MutatingAdmissionPolicy' } as const;
const labels = { [managedByLabel]: managedByController, [createdByLabel]: ringCreator };

/**
 * The objects that put policies in force: as few as there can be, because what a policy costs a request
 * is mostly that it is there.
 */
export function compilePolicies(policies: readonly Policy[]): KubeObject[] {
  return mergePolicies(policies).flatMap((policy) =>
    policy.type === 'validating' ? compileValidating(policy) : compileMutating(policy),
  );
}

/**
 * A ValidatingAdmissionPolicy and its bindings. Refusals are 403 (`reason: Forbidden`), as those of
 * RBAC; a failing expression refuses too.
 */
function compileValidating(policy: ValidatingPolicy): KubeObject[] {
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

/** A MutatingAdmissionPolicy and its bindings. */
function compileMutating(policy: MutatingPolicy): KubeObject[] {
  const { name } = policy;
  return [
    {
      ...mutatingPolicyKind,
      metadata: { name, labels },
      spec: {
        ...scopeOf(policy),
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patchOf(policy) } }],
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

/** All patches as one: the API server writes and reads the whole object once for each. */
function patchOf({ patches, addsTo = [] }: MutatingPolicy): string {
  const all = celSum(patches);
  if (addsTo.length === 0) return all;
  const made = (map: MetadataMap) =>
    `(!has(object.metadata.${map}) && l.exists(p, p.path.startsWith('/metadata/${map}/')) ? ` +
    `[JSONPatch{op: 'add', path: '/metadata/${map}', value: {}}] : [])`;
  return `[${all}].map(l, ${addsTo.map(made).join(' + ')} + l)[0]`;
}

/**
 * What a policy looks at. Tenants' namespaces are selected here, not by the bindings: a policy whose parameters'
 * kind the API server has not found yet, as in its first moments, refuses all that it looks at.
 */
function scopeOf(scope: PolicyScope) {
  const { resources, except, objectSelector } = scope;
  const { namespaceSelector } = selectorsOf(scope);
  const { matchConditions, variables, params } = scope;
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      matchPolicy: 'Equivalent',
      resourceRules: resources,
      ...(except && { excludeResourceRules: except }),
      ...(namespaceSelector && { namespaceSelector }),
      ...(objectSelector && { objectSelector }),
    },
    ...(matchConditions.length > 0 && { matchConditions }),
    ...(variables.length > 0 && { variables }),
    ...(params && { paramKind: { apiVersion: params.apiVersion, kind: params.kind } }),
  };
}

/**
 * By which namespaces a policy is selected, and its bindings among them. The API server reads the selector of
 * every policy anew for each write in whichever namespace, before it looks at anything else, and 3 µs for
 * three requirements are 0.1 ms for all policies. So a policy has one, the first; the others are read for
 * what it is about.
 */
function selectorsOf({ namespaceSelector: { matchExpressions, ...labelled } = {} }: PolicyScope) {
  const [first, ...others] = matchExpressions ?? [];
  const own = 'matchLabels' in labelled ? labelled : first && { matchExpressions: [first] };
  const rest = 'matchLabels' in labelled ? (matchExpressions ?? []) : others;
  return {
    ...(own && { namespaceSelector: own }),
    ...(rest.length > 0 && { ofBindings: { matchExpressions: rest } }),
  };
}

/** One binding; where parameters may be missing, one for creations and one for the rest. */
function bindingsOf(scope: PolicyScope) {
  const { params, resources } = scope;
  const { ofBindings: namespaceSelector } = selectorsOf(scope);
  const bound = (parameterNotFoundAction?: string, resourceRules?: ResourceRule[]) => ({
    ...(params && { paramRef: { name: params.name, parameterNotFoundAction } }),
    ...((resourceRules || namespaceSelector) && {
      matchResources: {
        ...(resourceRules && { resourceRules }),
        ...(namespaceSelector && { namespaceSelector }),
      },
    }),
  });
  if (params?.ifMissing !== 'Deny') return [{ suffix: '', spec: bound(params?.ifMissing) }];
  const among = (isMeant: (operation: Operation) => boolean) =>
    resources
      .map((rule) => ({ ...rule, operations: rule.operations.filter(isMeant) }))
      .filter(({ operations }) => operations.length > 0);
  const creations = among((operation) => operation === 'CREATE');
  const rest = among((operation) => operation !== 'CREATE');
  return [
    ...(creations.length > 0 ? [{ suffix: '', spec: bound('Deny', creations) }] : []),
    ...(rest.length > 0 ? [{ suffix: '.later', spec: bound('Allow', rest) }] : []),
  ];
}
