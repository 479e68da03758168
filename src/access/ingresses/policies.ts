import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { KubeObject } from '../../kube/object.ts';
import {
  mutatingPolicy,
  validatingPolicy,
  type Policy,
  type ResourceRule,
} from '../policy/policy.ts';
import { inTenants, namespaceParams } from '../tenancy/tenant-namespaces.ts';
import {
  ingressClassAnnotation,
  ingressVariables,
  type IngressFacts,
  type IngressSpec,
} from './facts.ts';
import {
  hasCollisionScope,
  hostPathVariables,
  hostsChecked,
  markHostsPatch,
  type CollisionFacts,
} from './host-paths.ts';
import { ingressRules } from './rules.ts';

const ingresses: ResourceRule = {
  apiGroups: ['networking.k8s.io'],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['ingresses'],
};

/**
 * An Ingress as the mutating policy makes it: of the tenant's default class, if it names none or the
 * cluster's default.
 */
export function withIngressDefaults(ingress: KubeObject, policies: NamespacePolicies): KubeObject {
  const { default: usual, replaced = [] } = policies.ingressClasses ?? {};
  if (usual === undefined) return ingress;
  const { annotations } = ingress.metadata;
  const annotated = annotations?.[ingressClassAnnotation];
  const spec = (ingress['spec'] ?? {}) as IngressSpec;
  const named = spec.ingressClassName ?? annotated;
  if (named !== undefined && !replaced.includes(named)) return ingress;
  if (spec.ingressClassName !== undefined || annotated === undefined) {
    return { ...ingress, spec: { ...spec, ingressClassName: usual } };
  }
  const changed = { ...annotations, [ingressClassAnnotation]: usual };
  return { ...ingress, metadata: { ...ingress.metadata, annotations: changed } };
}

const classes = 'params.policies.ingressClasses';
const annotations = `object.metadata.?annotations[?'${ingressClassAnnotation}']`;
const patch =
  `object.?spec.?ingressClassName.hasValue() ? (object.spec.ingressClassName in ${classes}.replaced ? ` +
  `[JSONPatch{op: 'add', path: '/spec/ingressClassName', value: ${classes}.default}] : []) : ` +
  `${annotations}.hasValue() ? (${annotations}.value() in ${classes}.replaced ? ` +
  `[JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey('${ingressClassAnnotation}'), value: ${classes}.default}] : []) : ` +
  `[JSONPatch{op: 'add', path: '/spec/ingressClassName', value: ${classes}.default}]`;

/** Whether the tenant limits Ingresses in any way: no rule has anything to say where it does not. */
const isLimited =
  `has(${classes}) || has(params.policies.hostnames) || !params.policies.wildcardHostnames || ` +
  hasCollisionScope;

/** The first ring around Ingresses: their class and their hosts. */
export function ingressPolicies(): Policy[] {
  const shared = {
    resources: [ingresses],
    params: namespaceParams,
    namespaceSelector: inTenants,
  };
  return [
    ...mutatingPolicy({
      ...shared,
      name: 'ingresses.defaults.tenantry.dev',
      matchConditions: [
        { name: 'has-default', expression: `has(${classes}) && has(${classes}.default)` },
      ],
      variables: [],
      patches: [patch],
    }),
    ...mutatingPolicy({
      ...shared,
      name: 'ingresses.hosts.tenantry.dev',
      matchConditions: [{ name: 'has-scope', expression: hasCollisionScope }],
      variables: hostPathVariables,
      patches: [markHostsPatch],
      addsTo: ['annotations'],
    }),
    ...validatingPolicy<IngressFacts & CollisionFacts>({
      ...shared,
      // By the status, annotations are set as well.
      resources: [{ ...ingresses, resources: ['ingresses', 'ingresses/status'] }],
      name: 'ingresses.tenantry.dev',
      matchConditions: [{ name: 'is-limited', expression: isLimited }],
      variables: [...ingressVariables, ...hostPathVariables],
      rules: [...ingressRules, hostsChecked],
    }),
  ];
}
