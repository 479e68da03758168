import { classAllowed, type ClassRule } from '../classes/class-rules.ts';
import {
  mutatingPolicy,
  validatingPolicy,
  type Policy,
  type ResourceRule,
} from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { inTenants, namespaceParams } from '../tenancy/tenant-namespaces.ts';
import { defaultPriorityExists, hasPodDefaults, podDefaultPatches } from './defaults.ts';
import { podVariables, type PodFacts } from './facts.ts';
import { imagesAllowed } from './images.ts';
import { pullPoliciesAllowed } from './pull-policies.ts';

const priorityClass: ClassRule<PodFacts> = {
  kind: 'PriorityClass',
  field: 'priorityClasses',
  asked: 'priorityClass',
  before: 'oldPriorityClass',
  of: ({ isUpdate, after, before, policies }) => ({
    isUpdate,
    asked: after.priorityClass,
    before: before.priorityClass,
    allowed: policies.priorityClasses,
  }),
};

const runtimeClass: ClassRule<PodFacts> = {
  kind: 'RuntimeClass',
  field: 'runtimeClasses',
  asked: 'runtimeClass',
  before: 'oldRuntimeClass',
  of: ({ isUpdate, after, before, policies }) => ({
    isUpdate,
    asked: after.runtimeClass,
    before: before.runtimeClass,
    allowed: policies.runtimeClasses,
  }),
};

/** What holds of every Pod of a tenant, whoever makes it: mostly, controllers of the cluster do. */
export const podRules: Rule<PodFacts>[] = [
  imagesAllowed,
  pullPoliciesAllowed,
  defaultPriorityExists,
  classAllowed(priorityClass),
  classAllowed(runtimeClass),
];

const pods = (
  operations: ResourceRule['operations'],
  ...resources: ResourceRule['resources']
): ResourceRule => ({ apiGroups: [''], apiVersions: ['v1'], operations, resources });

const limited = ['registries', 'pullPolicies', 'priorityClasses', 'runtimeClasses'];

/** The first ring around Pods: images, pull policies, priorities and runtimes. */
export function podPolicies(): Policy[] {
  const shared = { variables: [], params: namespaceParams, namespaceSelector: inTenants };
  return [
    ...mutatingPolicy({
      ...shared,
      name: 'pods.defaults.tenantry.dev',
      resources: [pods(['CREATE'], 'pods')],
      matchConditions: [{ name: 'has-defaults', expression: hasPodDefaults }],
      patches: podDefaultPatches,
    }),
    ...validatingPolicy<PodFacts>({
      ...shared,
      name: 'pods.tenantry.dev',
      resources: [pods(['CREATE', 'UPDATE'], 'pods', 'pods/ephemeralcontainers')],
      matchConditions: [
        {
          name: 'is-limited',
          expression: limited.map((field) => `has(params.policies.${field})`).join(' || '),
        },
        {
          // A node tells of what it runs by itself; no tenant can make it do so.
          name: 'not-of-a-node',
          expression: `!('system:nodes' in request.userInfo.groups)`,
        },
      ],
      variables: podVariables,
      rules: podRules,
    }),
  ];
}
