import type { DefaultAllowedClasses } from '../../../api/capsule/allowed.ts';
import type {
  AllowedValues,
  ClassValues,
  NamespacePolicies,
  PriorityValues,
} from '../../../api/capsule/namespace-policies.ts';
import type { TenantSpec } from '../../../api/capsule/tenant.ts';
import type { TenantStatus } from '../../../api/capsule/tenant-status.ts';
import { allowedAmong, allowedClasses, type ExistingClass } from './allowed-values.ts';

/** Kinds of classes that tenants' allow-lists are about. */
export type ClassName = 'device' | 'gateway' | 'ingress' | 'priority' | 'runtime' | 'storage';

/** The classes of the cluster. */
export type ExistingClasses = Readonly<Record<ClassName, readonly ExistingClass[]>>;

type ClassPolicies = Pick<
  NamespacePolicies,
  | 'deviceClasses'
  | 'gatewayClasses'
  | 'ingressClasses'
  | 'priorityClasses'
  | 'runtimeClasses'
  | 'storageClasses'
>;

/** The allow-lists of classes that a tenant has, as admission reads them. */
export function classPolicies(spec: TenantSpec, existing: ExistingClasses): ClassPolicies {
  const { deviceClasses, gatewayOptions, ingressOptions } = spec;
  const { priorityClasses, runtimeClasses, storageClasses } = spec;
  const gateway = gatewayOptions?.allowedClasses;
  const ingress = ingressOptions?.allowedClasses;
  return {
    ...(deviceClasses && { deviceClasses: allowedClasses(deviceClasses, existing.device) }),
    ...(gateway && { gatewayClasses: classValues(gateway, existing.gateway) }),
    ...(ingress && { ingressClasses: classValues(ingress, existing.ingress) }),
    ...(priorityClasses && {
      priorityClasses: priorityValues(priorityClasses, existing.priority),
    }),
    ...(runtimeClasses && { runtimeClasses: classValues(runtimeClasses, existing.runtime) }),
    ...(storageClasses && { storageClasses: classValues(storageClasses, existing.storage) }),
  };
}

function classValues(
  allowed: DefaultAllowedClasses,
  existing: readonly ExistingClass[],
): ClassValues {
  const named = allowed.default === undefined || allowed.default === '' ? [] : [allowed.default];
  const [name] = named;
  return {
    ...allowedClasses(allowed, existing, named),
    ...(name !== undefined && { default: name }),
    replaced:
      name === undefined
        ? []
        : existing
            .filter((each) => each.isDefault && each.name !== name)
            .map((each) => each.name)
            .sort(),
  };
}

/** The API server has priorities written into Pods, so the default says what its class says. */
function priorityValues(
  allowed: DefaultAllowedClasses,
  existing: readonly ExistingClass[],
): PriorityValues {
  const { default: name, ...values } = classValues(allowed, existing);
  if (name === undefined) return values;
  const { value, preemptionPolicy = 'PreemptLowerPriority' } =
    existing.find((each) => each.name === name) ?? {};
  return { ...values, default: { name, ...(value !== undefined && { value, preemptionPolicy }) } };
}

type StatusClasses = NonNullable<TenantStatus['classes']>;

/** Existing classes that a tenant may use, for its status. */
export function usableClasses(
  policies: ClassPolicies,
  existing: ExistingClasses,
): Required<StatusClasses> {
  const among = (name: ClassName, values: AllowedValues | undefined) =>
    allowedAmong(existing[name], values);
  return {
    device: among('device', policies.deviceClasses),
    gateway: among('gateway', policies.gatewayClasses),
    priority: among('priority', policies.priorityClasses),
    runtime: among('runtime', policies.runtimeClasses),
    storage: among('storage', policies.storageClasses),
  };
}
