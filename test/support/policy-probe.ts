import { ruleStatusName, RuleStatus } from '../../src/api/capsule/rule-status.ts';
import { KubeApiError } from '../../src/kube/api-error.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { apiVersionOf, type KubeObject } from '../../src/kube/object.ts';
import { leaseType } from '../../src/kube/lease-record.ts';

const v1 = 'admissionregistration.k8s.io/v1';
const seenBefore = 'tenantry.test/seen';

/** What a probe looks like. */
export interface ProbeOptions {
  name: string;
  /** Whether the API server knows policies that mutate, and the probe is of such a one, too. */
  isMutating: boolean;
  /** Whether it looks up the RuleStatus of the namespace, as policies of ours do. */
  readsRules: boolean;
}

/**
 * Policies that refuse a Lease of that name, which nobody makes, and say what they see. Those of ours
 * spare Leases: no other refusal comes before.
 */
export function probePolicies({ name, isMutating, readsRules }: ProbeOptions): KubeObject[] {
  const sees = readsRules ? 'params.metadata.resourceVersion' : `'policies'`;
  const marks = 'object.metadata.annotations';
  const marked = `has(${marks}) && '${seenBefore}' in ${marks} ? ' ' + ${marks}['${seenBefore}'] : ''`;
  const annotations = `Object.metadata{annotations: {'${seenBefore}': ${sees}}}`;
  const rule = {
    apiGroups: [leaseType.group],
    apiVersions: [leaseType.version],
    operations: ['CREATE'],
    resources: [leaseType.plural],
    resourceNames: [name],
  };
  const { apiVersion, kind } = { apiVersion: apiVersionOf(RuleStatus.type), kind: RuleStatus.kind };
  const policy = {
    matchConstraints: { resourceRules: [rule] },
    ...(readsRules && { paramKind: { apiVersion, kind } }),
  };
  const binding = {
    policyName: name,
    ...(readsRules && { paramRef: { name: ruleStatusName, parameterNotFoundAction: 'Deny' } }),
  };
  const object = (kind: string, spec: object) => ({
    apiVersion: v1,
    kind,
    metadata: { name },
    spec,
  });
  const validation = {
    expression: 'false',
    messageExpression: `'${name} ' + ${sees} + (${marked})`,
  };
  const mutation = {
    patchType: 'ApplyConfiguration',
    applyConfiguration: { expression: `Object{metadata: ${annotations}}` },
  };
  return [
    object('ValidatingAdmissionPolicy', { ...policy, validations: [validation] }),
    object('ValidatingAdmissionPolicyBinding', { ...binding, validationActions: ['Deny'] }),
    ...(isMutating
      ? [
          object('MutatingAdmissionPolicy', {
            ...policy,
            reinvocationPolicy: 'Never',
            mutations: [mutation],
          }),
          object('MutatingAdmissionPolicyBinding', binding),
        ]
      : []),
  ];
}

/** Whether the probe is refused in the namespace, having seen just that by each of its policies. */
export async function hasSeen(
  admin: KubeClient,
  namespace: string,
  { name, isMutating }: ProbeOptions,
  what = 'policies',
): Promise<boolean> {
  const lease = {
    apiVersion: apiVersionOf(leaseType),
    kind: leaseType.kind,
    metadata: { name, namespace },
  };
  try {
    await admin.create(leaseType, lease, { dryRun: true });
    return false;
  } catch (error) {
    if (error instanceof KubeApiError)
      return error.message.endsWith([name, what, ...(isMutating ? [what] : [])].join(' '));
    throw error;
  }
}
