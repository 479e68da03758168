import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { LabelSelector } from '../../kube/label-selector.ts';
import type { KubeObject } from '../../kube/object.ts';
import { celTexts } from '../policy/cel.ts';
import type { Variable } from '../policy/rule.ts';
import { isAdministratorCel } from '../tenancy/identity-cel.ts';
import { tenantOfNamespace } from '../tenancy/tenant-namespaces.ts';

/** What the rules about PersistentVolumeClaims look at. */
export interface ClaimFacts {
  isUpdate: boolean;
  /** Names of StorageClasses: the field's, and the old annotation's, which counts before it. */
  classes: string[];
  oldClasses: string[];
  /** The PersistentVolume that is named; empty if none. */
  volume: string;
  oldVolume: string;
  selector: LabelSelector | undefined;
  tenant: string;
  policies: NamespacePolicies;
  isAdministrator: boolean;
  /** The controller of the cluster that binds claims to volumes. */
  isBinder: boolean;
}

/** The parts of a claim's spec that are read. */
export interface ClaimSpec {
  storageClassName?: string;
  volumeName?: string;
  selector?: LabelSelector;
}

/** Names a class as the field does, and wins over it. */
export const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** The controller that binds claims, with an account of its own and without. */
export const binders = [
  'system:serviceaccount:kube-system:persistent-volume-binder',
  'system:kube-controller-manager',
];

/** Names of the classes that a claim asks for. */
export function classesOf(claim: KubeObject | undefined): string[] {
  if (!claim) return [];
  const { storageClassName } = claim['spec'] as ClaimSpec;
  const annotated = claim.metadata.annotations?.[classAnnotation];
  return [storageClassName, annotated].filter((name) => name !== undefined);
}

/** The volume that a claim names. */
export function volumeOf(claim: KubeObject | undefined): string {
  return (claim?.['spec'] as ClaimSpec | undefined)?.volumeName ?? '';
}

const classesCel = (object: string) =>
  `(has(${object}.spec.storageClassName) ? [${object}.spec.storageClassName] : []) + ` +
  `(${object}.metadata.?annotations[?'${classAnnotation}'].hasValue() ? ` +
  `[${object}.metadata.annotations['${classAnnotation}']] : [])`;
const old = (expression: string, otherwise: string) =>
  `oldObject == null ? ${otherwise} : (${expression})`;

/** The same in CEL. */
export function claimVariables(configuration: string): Variable[] {
  return [
    { name: 'classes', expression: classesCel('object') },
    { name: 'oldClasses', expression: old(classesCel('oldObject'), '[]') },
    { name: 'volume', expression: `object.spec.?volumeName.orValue('')` },
    { name: 'oldVolume', expression: old(`oldObject.spec.?volumeName.orValue('')`, "''") },
    { name: 'tenant', expression: tenantOfNamespace },
    { name: 'isBinder', expression: `request.userInfo.username in ${celTexts(binders)}` },
    { name: 'isAdministrator', expression: isAdministratorCel(configuration) },
  ];
}
