import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import { pointerToken } from '../../kube/json-pointer.ts';
import type { LabelSelector } from '../../kube/label-selector.ts';
import type { KubeObject } from '../../kube/object.ts';
import { tenantLabel } from '../tenancy/vocabulary.ts';
import { classAnnotation, type ClaimSpec } from './facts.ts';

/**
 * A new claim as the mutating policies make it: of the tenant's default StorageClass, if it names
 * none or the cluster's default; and where it chooses a volume itself, one of its tenant.
 */
export function withClaimDefaults(
  claim: KubeObject,
  { policies, tenant }: { policies: NamespacePolicies; tenant: string },
): KubeObject {
  const spec = claim['spec'] as ClaimSpec;
  const { default: usual, replaced = [] } = policies.storageClasses ?? {};
  const isAnnotated = claim.metadata.annotations?.[classAnnotation] !== undefined;
  const { storageClassName } = spec;
  const takesDefault =
    usual !== undefined &&
    !isAnnotated &&
    (storageClassName === undefined || replaced.includes(storageClassName));
  const chooses = spec.selector !== undefined || (spec.volumeName ?? '') !== '';
  return {
    ...claim,
    spec: {
      ...spec,
      ...(takesDefault && { storageClassName: usual }),
      ...(chooses && { selector: ownSelector(spec.selector ?? {}, tenant) }),
    },
  };
}

function ownSelector(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  tenant: string,
): LabelSelector {
  const { [tenantLabel]: _other, ...labels } = matchLabels;
  return {
    ...(Object.keys(labels).length > 0 && { matchLabels: labels }),
    matchExpressions: [
      ...matchExpressions.filter(({ key }) => key !== tenantLabel),
      { key: tenantLabel, operator: 'In', values: [tenant] },
    ],
  };
}

const classes = 'params.policies.storageClasses';

/** Whether the tenant has StorageClasses of its own, and one for claims that name none, in CEL. */
export const limitsClasses = `has(${classes})`;
export const hasClaimDefault = `${limitsClasses} && has(${classes}.default)`;

/** The default StorageClass in CEL, where there is one. */
export const claimDefaultPatch =
  `!(object.metadata.?annotations[?'${classAnnotation}'].hasValue()) && ` +
  `(!has(object.spec.storageClassName) || object.spec.storageClassName in ${classes}.replaced) ? ` +
  `[JSONPatch{op: 'add', path: '/spec/storageClassName', value: ${classes}.default}] : []`;

/** Whether a claim chooses a volume itself, in CEL. */
export const choosesVolume = `has(object.spec.selector) || object.spec.?volumeName.orValue('') != ''`;

const expressions =
  `object.spec.?selector.?matchExpressions.orValue([]).filter(e, e.key != '${tenantLabel}')` +
  `.map(e, {'key': dyn(e.key), 'operator': dyn(e.operator), 'values': dyn(e.?values.orValue([]))})`;
const own = `{'key': dyn('${tenantLabel}'), 'operator': dyn('In'), 'values': dyn([variables.tenant])}`;
const label = `/spec/selector/matchLabels/${pointerToken(tenantLabel)}`;

/** The tenant in a claim's selector, in CEL; the user's own word about it is taken out. */
export const claimSelectorPatch =
  `(has(object.spec.selector) ? [] : [JSONPatch{op: 'add', path: '/spec/selector', value: {}}]) + ` +
  `(object.spec.?selector.?matchLabels[?'${tenantLabel}'].hasValue() ? [JSONPatch{op: 'remove', path: '${label}'}] : []) + ` +
  `[JSONPatch{op: 'add', path: '/spec/selector/matchExpressions', value: ${expressions} + [${own}]}]`;
