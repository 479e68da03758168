import { withGatewayDefaults } from '../../access/gateways/policies.ts';
import { withIngressDefaults } from '../../access/ingresses/policies.ts';
import { labelObject } from '../../access/objects/metadata.ts';
import { withPodDefaults } from '../../access/pods/defaults.ts';
import type { RuleFacts } from '../../access/rules/facts.ts';
import { isKept } from '../../access/rules/metadata/managed-objects.ts';
import { mutateMetadata } from '../../access/rules/metadata/mutation.ts';
import { mutateResources } from '../../access/rules/resources/mutation.ts';
import { isOfCluster } from '../../access/rules/spared.ts';
import { inTenants } from '../../access/tenancy/tenant-namespaces.ts';
import { withClaimDefaults } from '../../access/volume-claims/defaults.ts';
import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { defineHook } from '../hook.ts';
import { change } from '../verdict.ts';
import { defaultsContext, type DefaultsContext } from './context.ts';

/** What a default is made from. */
interface Write extends RuleFacts, Pick<DefaultsContext, 'tenant'> {
  policies: NamespacePolicies;
}

/** One of the functions that the mutating policies say in CEL; of some kinds, or of every kind. */
function asPolicyDoes(
  name: string,
  about: { kinds?: readonly string[]; operations?: readonly string[] },
  mutate: (write: Write) => KubeObject,
): AdmissionRule<DefaultsContext> {
  const { kinds, operations = ['CREATE', 'UPDATE'] } = about;
  return {
    name,
    check(request, { tenant, policies, checks }) {
      const { operation, kind, object, oldObject } = request;
      if (!object || !policies || (operation !== 'CREATE' && operation !== 'UPDATE')) {
        return undefined;
      }
      if (!operations.includes(operation) || kinds?.includes(kind.kind) === false) return undefined;
      const old = oldObject && { oldObject };
      return change(mutate({ operation, kind, object, ...old, checks, policies, tenant }));
    },
  };
}

const onCreation = ['CREATE'];

/** Labels, whether or not the Tenant has said anything about the namespace. */
const label: AdmissionRule<DefaultsContext> = {
  name: 'object-label',
  check: ({ object }, { tenant }) =>
    object && tenant !== '' ? change(labelObject(object, tenant)) : undefined,
};

/** Metadata of tenants' rules; what the cluster writes for itself, and we for tenants, is spared. */
const ruleMetadata: AdmissionRule<DefaultsContext> = {
  name: 'rules-metadata',
  check(request, context) {
    const { object, oldObject, userInfo } = request;
    if (!object || isKept(object, oldObject)) return undefined;
    if (isOfCluster(userInfo.username, userInfo.groups ?? [])) return undefined;
    return asPolicyDoes('', {}, mutateMetadata).check(request, context);
  },
};

/** Does what the mutating policies of the first ring do, on API servers that have none. */
export const defaultsMutating = defineHook({
  name: 'defaults',
  type: 'mutating',
  path: '/defaults/mutating',
  purpose:
    'Only where the API server has no mutating policies: labels what is written in namespaces of tenants, and puts their defaults on it.',
  resources: [
    {
      apiGroups: ['*'],
      apiVersions: ['*'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['*'],
      scope: 'Namespaced',
    },
  ],
  namespaceSelector: inTenants,
  matchConditions: [
    {
      name: 'is-stored',
      expression:
        `!(request.resource.group in ['authorization.k8s.io', 'coordination.k8s.io', 'events.k8s.io']) && ` +
        `!(request.resource.group == '' && request.resource.resource in ['events', 'bindings'])`,
    },
  ],
  failurePolicy: {
    policy: 'Ignore',
    because: 'what has no default is judged by the first ring as it is',
  },
  insteadOfPolicies: true,
  asks: 'everybody',
  contextOf: defaultsContext,
  rules: [
    label,
    asPolicyDoes('pod-defaults', { kinds: ['Pod'], operations: onCreation }, (write) =>
      withPodDefaults(write.object, write.policies),
    ),
    asPolicyDoes('pod-resources', { kinds: ['Pod'], operations: onCreation }, mutateResources),
    asPolicyDoes(
      'claim-defaults',
      { kinds: ['PersistentVolumeClaim'], operations: onCreation },
      (write) => withClaimDefaults(write.object, write),
    ),
    asPolicyDoes('ingress-defaults', { kinds: ['Ingress'] }, (write) =>
      withIngressDefaults(write.object, write.policies),
    ),
    asPolicyDoes('gateway-defaults', { kinds: ['Gateway'] }, (write) =>
      withGatewayDefaults(write.object, write.policies),
    ),
    ruleMetadata,
  ],
});
