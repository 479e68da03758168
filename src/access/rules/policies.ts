import {
  mutatingPolicy,
  validatingPolicy,
  type MatchCondition,
  type Policy,
  type ResourceRule,
} from '../policy/policy.ts';
import type { Variable } from '../policy/rule.ts';
import { inTenants, namespaceParams } from '../tenancy/tenant-namespaces.ts';
import { audienceClasses } from './audience-classes.ts';
import { audienceVariables, isAddressedCel, type ClassExpressions } from './audience.ts';
import type { RuleFacts } from './facts.ts';
import { isKeptCel } from './metadata/managed-objects.ts';
import { metadata } from './metadata/metadata.ts';
import { metadataPatchesCel, patchedMaps, putsMetadataCel } from './metadata/mutation.ts';
import { resourcePatchCel, resourceVariables } from './resources/mutation-cel.ts';
import {
  metadataChanges,
  metadataRules,
  ruleSetAudits,
  ruleSets,
  ruleSetVariables,
} from './rule-sets.ts';
import { topicAudit, topicVariables } from './topic.ts';
import { notClusterCel, notHousekeepingCel } from './spared.ts';

/**
 * The rules of tenants in the first ring. A namespace's checks are the parameter of each policy; one
 * that has none of a policy's lists costs its requests one look-up. `classes` are the classes of users
 * that audiences name, in CEL.
 */
export function rulePolicies(
  configuration: string,
  classes: ClassExpressions = audienceClasses({ configuration }),
): Policy[] {
  const audience = audienceVariables(classes);
  const shared = { params: namespaceParams, namespaceSelector: inTenants };
  return [
    ...mutateResources(audience),
    ...ruleSets.flatMap((set) =>
      validatingPolicy<RuleFacts>({
        ...shared,
        name: `rules.${set.name}.tenantry.dev`,
        resources: set.resources,
        matchConditions: [hasChecks(set.lists), notHousekeeping, ...set.matchConditions],
        variables: [...audience, ...ruleSetVariables(set)],
        audits: ruleSetAudits(set),
        rules: set.rules,
      }),
    ),
    ...metadataPolicies(audience),
  ];
}

const notHousekeeping: MatchCondition = {
  name: 'not-housekeeping',
  expression: notHousekeepingCel,
};
const notCluster: MatchCondition = { name: 'not-cluster', expression: notClusterCel };

const hasChecks = (lists: readonly string[]): MatchCondition => ({
  name: 'has-checks',
  expression: `has(params.checks) && (${lists.map((list) => `has(params.checks.${list})`).join(' || ')})`,
});

function mutateResources(audience: Variable[]): Policy[] {
  return mutatingPolicy({
    name: 'rules.resources.tenantry.dev',
    params: namespaceParams,
    namespaceSelector: inTenants,
    resources: [{ ...everything, apiGroups: [''], operations: ['CREATE'], resources: ['pods'] }],
    matchConditions: [hasChecks(['resources']), notHousekeeping],
    variables: [
      ...audience,
      {
        name: 'resources',
        expression: `params.checks.resources.filter(c, ${isAddressedCel('c')})`,
      },
      ...resourceVariables,
    ],
    patches: [resourcePatchCel],
  });
}

const everything: ResourceRule = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['*'],
  scope: 'Namespaced',
};
/** Not stored, written by the cluster all the time, or what the policies themselves are decided by. */
const spared: ResourceRule[] = [
  { apiGroups: ['', 'events.k8s.io'], resources: ['events', 'bindings'] },
  { apiGroups: ['authorization.k8s.io', 'coordination.k8s.io'], resources: ['*'] },
  { apiGroups: ['capsule.clastix.io'], resources: ['rulestatuses'] },
].map((rule) => ({ ...rule, apiVersions: ['*'], operations: ['CREATE', 'UPDATE'] }));
const namespaces: ResourceRule = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['UPDATE'],
  resources: ['namespaces', 'namespaces/status', 'namespaces/finalize'],
  scope: 'Cluster',
};

/**
 * Metadata is ruled of objects of every kind, once the rules are there; what is made with a new
 * namespace, such as its first ServiceAccount, does not wait for them. Of namespaces only what has
 * been created already: what a new one needs is decided by the second ring.
 */
function metadataPolicies(audience: Variable[]): Policy[] {
  const params = { ...namespaceParams, ifMissing: 'Allow' as const };
  const shared = {
    params,
    namespaceSelector: inTenants,
    variables: [...audience, ...topicVariables(metadata)],
  };
  const notKept = { name: 'not-kept', expression: `!${isKeptCel}` };
  const mutation = { ...shared, patches: metadataPatchesCel, addsTo: patchedMaps };
  const validation = { ...shared, rules: metadataRules, audits: [topicAudit(metadata)] };
  const puts = {
    name: 'puts-metadata',
    expression: `has(params.checks) && has(params.checks.metadata) && params.checks.metadata.exists(c, ${putsMetadataCel})`,
  };
  const ofObjects = { resources: [everything], except: spared };
  return [
    ...mutatingPolicy({
      ...mutation,
      ...ofObjects,
      name: 'rules.metadata.tenantry.dev',
      matchConditions: [puts, notCluster, notKept],
    }),
    ...mutatingPolicy({
      ...mutation,
      name: 'rules.namespaces.tenantry.dev',
      resources: [namespaces],
      matchConditions: [puts, notCluster],
    }),
    ...validatingPolicy<RuleFacts>({
      ...validation,
      ...ofObjects,
      // By the status, labels and annotations of many kinds are set as well.
      resources: [{ ...everything, resources: ['*', '*/status'] }],
      name: 'rules.metadata.tenantry.dev',
      matchConditions: [hasChecks(['metadata']), notCluster, metadataChanges, notKept],
    }),
    ...validatingPolicy<RuleFacts>({
      ...validation,
      name: 'rules.namespaces.tenantry.dev',
      resources: [namespaces],
      matchConditions: [hasChecks(['metadata']), notCluster, metadataChanges],
      // Not a condition: audit annotations look at those of joined policies, and have no authorizer.
      rules: metadataRules.map((rule) => ({
        ...rule,
        cel: `variables.isAdministrator || (${rule.cel})`,
      })),
    }),
  ];
}
