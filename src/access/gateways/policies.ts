import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { KubeObject } from '../../kube/object.ts';
import { classAllowed, type ClassRule } from '../classes/class-rules.ts';
import {
  mutatingPolicy,
  validatingPolicy,
  type Policy,
  type ResourceRule,
} from '../policy/policy.ts';
import { inTenants, namespaceParams } from '../tenancy/tenant-namespaces.ts';

/** What the rules about Gateways look at: the class that is named, and the one that was. */
export interface GatewayFacts {
  isUpdate: boolean;
  after: string[];
  before: string[];
  policies: NamespacePolicies;
}

/** Name of the class of a Gateway. */
export function gatewayClassOf(gateway: KubeObject | undefined): string[] {
  const { gatewayClassName } = (gateway?.['spec'] ?? {}) as { gatewayClassName?: string };
  return gatewayClassName === undefined ? [] : [gatewayClassName];
}

/** A Gateway as the mutating policy makes it: of the tenant's default class, if it names none. */
export function withGatewayDefaults(gateway: KubeObject, policies: NamespacePolicies): KubeObject {
  const usual = policies.gatewayClasses?.default;
  const [named = ''] = gatewayClassOf(gateway);
  if (usual === undefined || named !== '') return gateway;
  return { ...gateway, spec: { ...(gateway['spec'] as object), gatewayClassName: usual } };
}

const gatewayClass: ClassRule<GatewayFacts> = {
  kind: 'GatewayClass',
  field: 'gatewayClasses',
  asked: 'classes',
  before: 'oldClasses',
  of: ({ isUpdate, after, before, policies }) => ({
    isUpdate,
    asked: after,
    before,
    allowed: policies.gatewayClasses,
  }),
};

/** What holds of every Gateway of a tenant; that it names a class, its own schema says. */
export const gatewayRules = [classAllowed(gatewayClass)];

const gateways: ResourceRule = {
  apiGroups: ['gateway.networking.k8s.io'],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['gateways'],
};
const classes = 'params.policies.gatewayClasses';
const named = (object: string) =>
  `has(${object}.spec.gatewayClassName) ? [${object}.spec.gatewayClassName] : []`;

/** The first ring around Gateways: their class. */
export function gatewayPolicies(): Policy[] {
  const shared = {
    resources: [gateways],
    params: namespaceParams,
    namespaceSelector: inTenants,
  };
  return [
    ...mutatingPolicy({
      ...shared,
      name: 'gateways.defaults.tenantry.dev',
      matchConditions: [
        {
          name: 'has-default',
          expression: `has(${classes}) && has(${classes}.default) && has(object.spec)`,
        },
      ],
      variables: [],
      patches: [
        `object.spec.?gatewayClassName.orValue('') != '' ? [] : ` +
          `[JSONPatch{op: 'add', path: '/spec/gatewayClassName', value: ${classes}.default}]`,
      ],
    }),
    ...validatingPolicy<GatewayFacts>({
      ...shared,
      name: 'gateways.tenantry.dev',
      matchConditions: [{ name: 'is-limited', expression: `has(${classes}) && has(object.spec)` }],
      variables: [
        { name: 'classes', expression: named('object') },
        { name: 'oldClasses', expression: `oldObject == null ? [] : (${named('oldObject')})` },
      ],
      rules: gatewayRules,
    }),
  ];
}
