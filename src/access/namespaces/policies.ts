import { celLabel } from '../policy/cel.ts';
import {
  mutatingPolicy,
  validatingPolicy,
  type Policy,
  type ResourceRule,
} from '../policy/policy.ts';
import { mayOnTenant } from '../tenancy/identity-cel.ts';
import { tenantLabel, Verb } from '../tenancy/vocabulary.ts';
import {
  isTenantReferenceCel,
  namespaceVariables,
  type NamespaceFacts,
  type NamespaceSettings,
} from './facts.ts';
import { deletionRules, foreignRules } from './foreign-rules.ts';
import { namespaceRules } from './rules.ts';

const requests = (...operations: ResourceRule['operations']): ResourceRule[] => [
  {
    apiGroups: [''],
    apiVersions: ['v1'],
    operations,
    resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'],
  },
];

/** Housekeepers of the cluster: they remove dead references and finalize what is being deleted. */
const notHousekeeping = {
  name: 'not-housekeeping',
  expression:
    `!(request.userInfo.username in ['system:serviceaccount:kube-system:generic-garbage-collector', ` +
    `'system:serviceaccount:kube-system:namespace-controller'])`,
};

/** In CEL: `object` has an owner reference to a Tenant. */
export const refersToTenantCel = (object: string): string =>
  `(has(${object}.metadata.ownerReferences) && ${object}.metadata.ownerReferences.exists(r, ${isTenantReferenceCel}))`;

/**
 * In CEL: `object` is labelled with a tenant, or refers to one. What the rules see as a tenant, no less
 * and no more: an empty label names none, and Tenants of another API group are not ours.
 */
export const withTenantCel = (object: string): string =>
  `${celLabel(object, tenantLabel)} != '' || ${refersToTenantCel(object)}`;
/** A tenant plays a part in the request. */
const withTenant = `${withTenantCel('object')} || (oldObject != null && (${withTenantCel('oldObject')}))`;
/** All other requests cost two comparisons. */
const ofTenants = { name: 'of-tenants', expression: withTenant };
const ofNoTenant = { name: 'of-no-tenant', expression: `!(${withTenant})` };
const onlyTenants = (references: string) => `${references}.filter(r, ${isTenantReferenceCel})`;
const withoutTenants = (references: string) =>
  `${references}.filter(r, !(${isTenantReferenceCel}))`;

/**
 * As values of a JSON patch. Maps, because a list of typed objects makes the API server panic
 * (1.36); `dyn`, because members of one map must be of one type.
 */
const asPatchValue = (references: string) =>
  `${references}.map(r, {'apiVersion': dyn(r.apiVersion), 'kind': dyn(r.kind), 'name': dyn(r.name), ` +
  `'uid': dyn(r.uid), 'controller': dyn(has(r.controller) && r.controller), ` +
  `'blockOwnerDeletion': dyn(has(r.blockOwnerDeletion) && r.blockOwnerDeletion)})`;

/** The first ring around namespaces: admission policies that the API server evaluates itself. */
export function namespacePolicies(settings: NamespaceSettings): Policy[] {
  const variables = namespaceVariables(settings);
  const matchConditions = [notHousekeeping, ofTenants];
  return [
    ...mutatingPolicy({
      name: 'namespaces.create.tenantry.dev',
      resources: requests('CREATE'),
      matchConditions: [
        ...matchConditions,
        { name: 'refers-to-tenant', expression: refersToTenantCel('object') },
      ],
      variables,
      patches: [
        `variables.isAdministrator ? [] : [JSONPatch{op: 'replace', path: '/metadata/ownerReferences', ` +
          `value: ${asPatchValue(withoutTenants('object.metadata.ownerReferences'))}}]`,
      ],
    }),
    ...mutatingPolicy({
      name: 'namespaces.keep.tenantry.dev',
      resources: requests('UPDATE'),
      matchConditions,
      variables,
      patches: [restoreForOwners()],
    }),
    ...validatingPolicy<NamespaceFacts>({
      name: 'namespaces.tenantry.dev',
      resources: requests('CREATE', 'UPDATE'),
      matchConditions,
      variables,
      rules: namespaceRules(settings),
    }),
    ...validatingPolicy<NamespaceFacts>({
      name: 'namespaces.foreign.tenantry.dev',
      resources: requests('CREATE', 'UPDATE'),
      matchConditions: [notHousekeeping, ofNoTenant],
      variables: [],
      rules: foreignRules(settings),
    }),
    ...validatingPolicy<NamespaceFacts>({
      name: 'namespaces.deletion.tenantry.dev',
      resources: requests('DELETE'),
      matchConditions: [notHousekeeping],
      variables: variables.filter(({ name }) => name.startsWith('is') || name === 'oldTenant'),
      rules: deletionRules,
    }),
  ];
}

/** An owner's own tampering is undone rather than refused: tools that apply whole objects go on working. */
function restoreForOwners(): string {
  const isTampered = `(variables.tenant != variables.oldTenant || variables.owned != variables.oldOwned)`;
  const mayNot = `variables.oldTenant != '' && !variables.isAdministrator`;
  const isOwner = mayOnTenant(Verb.Own, 'variables.oldTenant');
  const label =
    `has(object.metadata.labels) ? JSONPatch{op: 'add', ` +
    `path: '/metadata/labels/' + jsonpatch.escapeKey('${tenantLabel}'), value: variables.oldTenant} : ` +
    `JSONPatch{op: 'add', path: '/metadata/labels', value: {'${tenantLabel}': variables.oldTenant}}`;
  const others = `(has(object.metadata.ownerReferences) ? ${asPatchValue(withoutTenants('object.metadata.ownerReferences'))} : [])`;
  const kept = `(has(oldObject.metadata.ownerReferences) ? ${asPatchValue(onlyTenants('oldObject.metadata.ownerReferences'))} : [])`;
  const references = `JSONPatch{op: 'add', path: '/metadata/ownerReferences', value: ${others} + ${kept}}`;
  return `${isTampered} && ${mayNot} && ${isOwner} ? [${label}, ${references}] : []`;
}
