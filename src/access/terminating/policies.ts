import { notTheCluster } from '../cordon/policies.ts';
import { ingressClassAnnotation } from '../ingresses/facts.ts';
import { celAnnotation } from '../policy/cel.ts';
import { validatingPolicy, type Policy, type ResourceRule } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import {
  isAdministratorCel,
  isCapsuleUserInNamespaceCel,
  type IdentityCelOptions,
} from '../tenancy/identity-cel.ts';
import { inTenants } from '../tenancy/tenant-namespaces.ts';
import { classAnnotation } from '../volume-claims/facts.ts';

/** What the rule about objects in namespaces that are being deleted looks at. */
export interface TerminatingFacts {
  isNamespaceGoing: boolean;
  isAdministrator: boolean;
  isCapsuleUser: boolean;
  /** The spec changes, or what names a class. */
  isUseChanged: boolean;
}

/**
 * A namespace's rules are deleted with it, maybe before what something keeps from ending: a Service is
 * served until it is gone. So what is used of an object stays as it was; finalizers go as anywhere.
 */
const keptWhileGoing: Rule<TerminatingFacts> = {
  name: 'object-kept-while-namespace-ends',
  cel:
    `!has(namespaceObject.metadata.deletionTimestamp) || variables.isAdministrator || ` +
    `!(variables.isUseChanged || variables.isCapsuleUser)`,
  holds: ({ isNamespaceGoing, isAdministrator, isCapsuleUser, isUseChanged }) =>
    !isNamespaceGoing || isAdministrator || !(isUseChanged || isCapsuleUser),
  message:
    'the namespace is being deleted: what is left in it can be deleted, and its finalizers removed, but is not changed otherwise',
};

const classChanged = [ingressClassAnnotation, classAnnotation]
  .map((key) => {
    const now = celAnnotation('object', key);
    return `(${now} != '' && ${now} != ${celAnnotation('oldObject', key)})`;
  })
  .join(' || ');
const useChanged = `object.?spec != oldObject.?spec || ${classChanged}`;
/** Load balancers are told by annotations what to serve to whom. */
const serviceIsTold =
  `(request.resource.resource == 'services' && ['labels', 'annotations'].exists(f, ` +
  `object.metadata[?f].orValue({}).exists(k, ` +
  `oldObject.metadata[?f][?k] != object.metadata[?f][?k])))`;

/**
 * Keeps what the other policies judge by parameters: where those are missing, updates are not judged.
 * They are missing at the end of a namespace, for as long as somebody's finalizer holds an object.
 */
export function terminatingPolicies(
  policies: readonly Policy[],
  identities: IdentityCelOptions,
): Policy[] {
  return validatingPolicy<TerminatingFacts>({
    name: 'terminating.tenantry.dev',
    // No parameter of others decides whether it is looked at.
    isAlone: true,
    resources: resourcesOf(policies),
    matchConditions: [
      notTheCluster,
      { name: 'changes', expression: `${useChanged} || ${serviceIsTold}` },
    ],
    variables: [
      { name: 'isUseChanged', expression: useChanged },
      { name: 'isAdministrator', expression: isAdministratorCel(identities.configuration) },
      { name: 'isCapsuleUser', expression: isCapsuleUserInNamespaceCel(identities) },
    ],
    namespaceSelector: inTenants,
    rules: [keptWhileGoing],
  });
}

/** Resources whose updates some policy judges by parameters without which none is created. */
function resourcesOf(policies: readonly Policy[]): ResourceRule[] {
  const names = new Map<string, Set<string>>();
  const rules = policies
    .filter(({ type, params }) => type === 'validating' && params?.ifMissing === 'Deny')
    .flatMap(({ resources }) => resources)
    .filter(({ operations }) => operations.includes('UPDATE'));
  for (const { apiGroups, resources } of rules) {
    for (const group of apiGroups) {
      names.set(group, new Set([...(names.get(group) ?? []), ...resources]));
    }
  }
  return [...names].map(([group, resources]) => ({
    apiGroups: [group],
    apiVersions: ['*'],
    operations: ['UPDATE'],
    resources: [...resources].sort(),
    scope: 'Namespaced',
  }));
}
