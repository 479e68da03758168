import { managedByController, managedByLabel } from '../../../api/capsule/labels.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { celLabel } from '../../policy/cel.ts';

/**
 * Objects that the control plane keeps for tenants, which rules about metadata leave alone. Others
 * may not label theirs so: the first value is guarded by a policy of its own, the second is of
 * older versions and only counts on objects that have it already.
 */
const legacyValue = 'resources';

/** Whether the object of a request is one that the control plane keeps. */
export function isKept({ metadata }: KubeObject, oldObject?: KubeObject): boolean {
  const mark = metadata.labels?.[managedByLabel];
  if (mark === managedByController) return true;
  return mark === legacyValue && oldObject?.metadata.labels?.[managedByLabel] === legacyValue;
}

/** The same in CEL. */
export const isKeptCel =
  `(${celLabel('object', managedByLabel)} == '${managedByController}' || ` +
  `(${celLabel('object', managedByLabel)} == '${legacyValue}' && oldObject != null && ` +
  `${celLabel('oldObject', managedByLabel)} == '${legacyValue}'))`;
