import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Rule } from '../policy/rule.ts';
import type { PodFacts, PodSpec } from './facts.ts';

/**
 * A new Pod as the mutating policy makes it: of the tenant's default PriorityClass, if it names
 * none or the cluster's default, and of the tenant's default RuntimeClass, if it names none.
 */
export function withPodDefaults(pod: KubeObject, policies: NamespacePolicies): KubeObject {
  const spec = pod['spec'] as PodSpec;
  return {
    ...pod,
    spec: { ...spec, ...priorityDefault(spec, policies), ...runtimeDefault(spec, policies) },
  };
}

function priorityDefault({ priorityClassName = '' }: PodSpec, policies: NamespacePolicies) {
  const { default: usual, replaced = [] } = policies.priorityClasses ?? {};
  if (usual?.value === undefined) return {};
  if (priorityClassName !== '' && !replaced.includes(priorityClassName)) return {};
  const { name, value, preemptionPolicy } = usual;
  return { priorityClassName: name, priority: value, preemptionPolicy };
}

function runtimeDefault({ runtimeClassName = '' }: PodSpec, policies: NamespacePolicies) {
  const usual = policies.runtimeClasses?.default;
  return usual === undefined || runtimeClassName !== '' ? {} : { runtimeClassName: usual };
}

const priorities = 'params.policies.priorityClasses';
const lacksPriority =
  `(object.spec.?priorityClassName.orValue('') == '' || ` +
  `object.spec.priorityClassName in ${priorities}.replaced)`;

/** The same in CEL. */
export const podDefaultPatches = [
  `has(${priorities}) && has(${priorities}.default) && has(${priorities}.default.value) && ${lacksPriority} ? [` +
    `JSONPatch{op: 'add', path: '/spec/priorityClassName', value: ${priorities}.default.name}, ` +
    `JSONPatch{op: 'add', path: '/spec/priority', value: ${priorities}.default.value}, ` +
    `JSONPatch{op: 'add', path: '/spec/preemptionPolicy', value: ${priorities}.default.preemptionPolicy}] : []`,
  `has(params.policies.runtimeClasses) && has(params.policies.runtimeClasses.default) && ` +
    `object.spec.?runtimeClassName.orValue('') == '' ? [` +
    `JSONPatch{op: 'add', path: '/spec/runtimeClassName', value: params.policies.runtimeClasses.default}] : []`,
];

/** Whether any of that could apply, so that other tenants' Pods are not looked at. */
export const hasPodDefaults =
  `(has(${priorities}) && has(${priorities}.default)) || ` +
  `(has(params.policies.runtimeClasses) && has(params.policies.runtimeClasses.default))`;

/** A Pod is not made without the priority that the tenant wants for it. */
export const defaultPriorityExists: Rule<PodFacts> = {
  name: 'pod-default-priority-exists',
  cel:
    `request.operation != 'CREATE' || !has(${priorities}) || !has(${priorities}.default) || ` +
    `has(${priorities}.default.value) || !${lacksPriority}`,
  holds({ isUpdate, after: { priorityClass }, policies: { priorityClasses } }) {
    if (isUpdate || !priorityClasses?.default) return true;
    const { default: usual, replaced } = priorityClasses;
    return usual.value !== undefined || priorityClass.some((name) => !replaced.includes(name));
  },
  message: "the tenant's default PriorityClass does not exist: name one, or have it created",
  remedy:
    'create the PriorityClass that spec.priorityClasses.default of the Tenant names, or name another there',
};
