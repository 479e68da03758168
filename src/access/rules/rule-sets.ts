import type { NamespaceChecks } from '../../api/capsule/rules/checks.ts';
import type { MatchCondition, ResourceRule } from '../policy/policy.ts';
import type { Rule, Variable } from '../policy/rule.ts';
import { isAddressedCel } from './audience.ts';
import type { RuleFacts } from './facts.ts';
import { hostnameIsGiven, hostnames } from './hostnames/hostnames.ts';
import { metadata, metadataIsThere } from './metadata/metadata.ts';
import { images, pullPolicies } from './pods/images.ts';
import { qosClasses } from './pods/qos.ts';
import { schedulers } from './pods/schedulers.ts';
import { constraintVariables, resourceAudit, resourcesComply } from './resources/constraints.ts';
import { externalNames } from './services/external-names.ts';
import { addressIsGiven, addressIsReadable, loadBalancers } from './services/load-balancers.ts';
import { nodePorts, portsAreGiven } from './services/node-ports.ts';
import { serviceTypes } from './services/types.ts';
import { topicAudit, topicRule, topicVariables, type Topic } from './topic.ts';

/** What is ruled of some resources: one policy of the first ring. */
export interface RuleSet {
  /** `pods` is the policy `rules.pods.tenantry.dev`. */
  name: string;
  resources: ResourceRule[];
  /** Lists of checks that it reads; a namespace without any of them is not looked at. */
  lists: readonly (keyof NamespaceChecks)[];
  topics: readonly Topic[];
  variables: readonly Variable[];
  /** Which requests it looks at. */
  matchConditions: readonly MatchCondition[];
  /** What the audit log gets, beside what the topics say. */
  audits: readonly Variable[];
  /** In the order in which they are told. */
  rules: readonly Rule<RuleFacts>[];
}

const requests = (group: string, resources: string[]): ResourceRule => ({
  apiGroups: [group],
  apiVersions: ['*'],
  operations: ['CREATE', 'UPDATE'],
  resources,
  scope: 'Namespaced',
});

/**
 * What an update leaves as it is, is not judged again: objects from before a rule can be scaled,
 * labelled, and deleted with their finalizers.
 */
const specChanges: MatchCondition = {
  name: 'spec-changes',
  expression: `request.operation == 'CREATE' || !has(oldObject.spec) || object.spec != oldObject.spec`,
};

const podTopics = [schedulers, qosClasses, images] as const;
const pods: RuleSet = {
  name: 'pods',
  resources: [requests('', ['pods', 'pods/ephemeralcontainers', 'pods/resize'])],
  lists: ['schedulers', 'qosClasses', 'images', 'resources'],
  topics: podTopics,
  variables: [
    {
      name: 'resources',
      expression: `params.?checks.?resources.orValue([]).filter(c, ${isAddressedCel('c')})`,
    },
    ...constraintVariables,
  ],
  audits: [resourceAudit],
  matchConditions: [specChanges],
  rules: [resourcesComply, ...podTopics.map((topic) => topicRule(topic as Topic)), pullPolicies],
};

const services: RuleSet = {
  name: 'services',
  resources: [requests('', ['services'])],
  lists: ['serviceTypes', 'loadBalancers', 'externalNames', 'nodePorts'],
  topics: [serviceTypes, loadBalancers, externalNames, nodePorts],
  variables: [],
  audits: [],
  matchConditions: [specChanges],
  rules: [
    topicRule(serviceTypes),
    addressIsGiven,
    addressIsReadable,
    topicRule(loadBalancers),
    topicRule(externalNames),
    portsAreGiven,
    topicRule(nodePorts),
  ],
};

const traffic: RuleSet = {
  name: 'hostnames',
  resources: [
    requests('networking.k8s.io', ['ingresses']),
    requests('route.openshift.io', ['routes']),
    requests('gateway.networking.k8s.io', [
      'gateways',
      'listenersets',
      'httproutes',
      'tlsroutes',
      'grpcroutes',
    ]),
  ],
  lists: ['hostnames'],
  topics: [hostnames],
  variables: [],
  audits: [],
  matchConditions: [specChanges],
  rules: [hostnameIsGiven, topicRule(hostnames)],
};

/** Of objects and of namespaces alike. */
export const metadataRules: readonly Rule<RuleFacts>[] = [
  metadataIsThere('labels'),
  metadataIsThere('annotations'),
  topicRule(metadata),
];

/** {@link specChanges} of labels and annotations. */
export const metadataChanges: MatchCondition = {
  name: 'metadata-changes',
  expression:
    `request.operation == 'CREATE' || ['labels', 'annotations'].exists(f, ` +
    `object.metadata[?f].orValue({}) != oldObject.metadata[?f].orValue({}))`,
};

/** Those that look at single resources. */
export const ruleSets: readonly RuleSet[] = [pods, services, traffic];

/** The variables of a rule set's policy. */
export function ruleSetVariables({ topics, variables }: RuleSet): Variable[] {
  return [...variables, ...topics.flatMap(topicVariables)];
}

/** What the audit log gets of a rule set. */
export function ruleSetAudits({ topics, audits }: RuleSet): Variable[] {
  return [...audits, ...topics.map(topicAudit)];
}
