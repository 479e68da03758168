import type { KubeObject, OwnerReference } from '../../kube/object.ts';
import { celLabel, celText } from '../policy/cel.ts';
import type { Variable } from '../policy/rule.ts';
import type { AccountHomes } from '../tenancy/account-homes.ts';
import {
  isAdministratorCel,
  isCapsuleUserCel,
  isCapsuleUserInNamespaceCel,
  type IdentityCelOptions,
} from '../tenancy/identity-cel.ts';
import {
  capsuleGroup,
  cordonedLabel,
  nodeSelectorAnnotation,
  tenantLabel,
  type Verb,
} from '../tenancy/vocabulary.ts';

/** What binds a Namespace to its Tenant: the label and the reference, protected as one. */
export interface Assignment {
  /** Value of the tenant label; empty if there is none. */
  label: string;
  /** Owner references to Tenants, each in full; see {@link referenceText}. */
  references: string[];
}

/** What the rules about namespaces look at. */
export interface NamespaceFacts {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Of a deletion: what is stored. */
  after: Assignment & NamespaceMetadata;
  /** Of an update: what was stored. */
  before?: Assignment & NamespaceMetadata;
  /** Whether tenancy is enforced for the caller. */
  isCapsuleUser: boolean;
  /** Whether the caller holds a verb on a tenant, or on the configuration. */
  may(verb: Verb, name: string): boolean;
}

/** Metadata that rules look at. */
export interface NamespaceMetadata {
  name: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** Names of the Tenants that own it. */
  owners: string[];
  /** It is being deleted. */
  isGoing: boolean;
}

/** What the rules about namespaces are made for: the configuration that counts, as far as they know it. */
export interface NamespaceSettings extends IdentityCelOptions {
  /** Pattern (RE2) of names that owners may not give; it is looked for in the name. */
  protectedNamespaceRegex?: string | undefined;
  /** Labels that a grant of a source selects on, and so no tenant may set; or `everyLabel`. */
  protectedLabels?: readonly string[];
  /** Namespaces whose accounts own tenants. */
  accountHomes?: AccountHomes;
}

/** The same as {@link namespaceVariables} of a Namespace. */
export function readNamespace({ metadata }: KubeObject): Assignment & NamespaceMetadata {
  const { name, labels = {}, annotations = {}, ownerReferences = [], deletionTimestamp } = metadata;
  const ofTenants = ownerReferences.filter(isTenantReference);
  return {
    name,
    labels,
    annotations,
    label: labels[tenantLabel] ?? '',
    references: ofTenants.map(({ apiVersion, name: owner, uid, controller, blockOwnerDeletion }) =>
      [apiVersion, owner, uid, controller ?? false, blockOwnerDeletion ?? false].join('|'),
    ),
    owners: ofTenants.map(({ name: owner }) => owner),
    isGoing: deletionTimestamp !== undefined,
  };
}

/** Whether an owner reference is to a Tenant, of whichever version. */
export const isTenantReference = ({ kind, apiVersion }: OwnerReference): boolean =>
  kind === 'Tenant' && apiVersion.startsWith(`${capsuleGroup}/`);

/** The same in CEL, of a reference `r`. */
export const isTenantReferenceCel = `r.kind == 'Tenant' && r.apiVersion.startsWith('${capsuleGroup}/')`;

const labelOf = (object: string) =>
  `has(${object}.metadata.labels) && ${celText(tenantLabel)} in ${object}.metadata.labels ? ` +
  `${object}.metadata.labels[${celText(tenantLabel)}] : ''`;

const tenantReferences = (object: string) =>
  `has(${object}.metadata.ownerReferences) ? ${object}.metadata.ownerReferences.filter(r, ` +
  `${isTenantReferenceCel}) : []`;

const referenceTexts = (references: string) =>
  `${references}.map(r, r.apiVersion + '|' + r.name + '|' + r.uid + '|' + ` +
  `string(has(r.controller) && r.controller) + '|' + ` +
  `string(has(r.blockOwnerDeletion) && r.blockOwnerDeletion))`;

const annotationOf = (object: string, key: string) =>
  `has(${object}.metadata.annotations) && ${celText(key)} in ${object}.metadata.annotations ? ` +
  `${object}.metadata.annotations[${celText(key)}] : ''`;

/** In CEL: the write leaves labels and annotations as they are. */
export const keepsMetadataCel = (['labels', 'annotations'] as const)
  .map(
    (field) => `object.metadata.?${field}.orValue({}) == oldObject.metadata.?${field}.orValue({})`,
  )
  .join(' && ');

/** The variables that the rules about namespaces are written in. */
export function namespaceVariables(settings: NamespaceSettings): Variable[] {
  const before = (expression: string, otherwise: string) =>
    `oldObject == null ? ${otherwise} : (${expression})`;
  return [
    { name: 'tenant', expression: labelOf('object') },
    { name: 'oldTenant', expression: before(labelOf('oldObject'), "''") },
    { name: 'references', expression: tenantReferences('object') },
    { name: 'owned', expression: referenceTexts('variables.references') },
    {
      name: 'oldOwned',
      expression: before(referenceTexts(`(${tenantReferences('oldObject')})`), '[]'),
    },
    { name: 'nodes', expression: annotationOf('object', nodeSelectorAnnotation) },
    {
      name: 'oldNodes',
      expression: before(annotationOf('oldObject', nodeSelectorAnnotation), "''"),
    },
    { name: 'cordoned', expression: celLabel('object', cordonedLabel) },
    { name: 'oldCordoned', expression: before(celLabel('oldObject', cordonedLabel), "''") },
    { name: 'isAdministrator', expression: isAdministratorCel(settings.configuration) },
    {
      name: 'isCapsuleUser',
      // For a Namespace, the request's namespace is the Namespace itself.
      expression: `request.operation != 'CREATE' && (${isCapsuleUserInNamespaceCel(settings)}) || (${isCapsuleUserCel(settings)})`,
    },
  ];
}
