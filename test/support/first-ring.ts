import type { NamespacePolicies } from '../../src/api/capsule/namespace-policies.ts';
import { RuleStatus, ruleStatusName } from '../../src/api/capsule/rule-status.ts';
import { customResourceDefinition } from '../../src/api/crd/custom-resource-definition.ts';
import { KubeApiError } from '../../src/kube/api-error.ts';
import { concurrently } from '../../src/base/concurrently.ts';
import { userIdentity } from '../../src/kube/identity.ts';
import { createLog } from '../../src/base/log.ts';
import { createClient, type ClosableClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { apiVersionOf, type KubeObject } from '../../src/kube/object.ts';
import { compilePolicies } from '../../src/access/policy/compile.ts';
import type { Policy } from '../../src/access/policy/policy.ts';
import { checksOf } from '../../src/access/rules/normalise/checks-of.ts';
import { tenantLabel } from '../../src/access/tenancy/vocabulary.ts';
import { bringKinds } from './bring-kinds.ts';
import { apply, clusterContext, freshName } from './cluster.ts';
import { policiesInForce } from './policies-in-force.ts';
import { rulesInForce } from './rules-in-force.ts';
import { untilAllowed } from './until-allowed.ts';

/** Policies that limit nothing. */
export const noPolicies: NamespacePolicies = { volumes: [], wildcardHostnames: true };

/** The first ring for the namespaces of one test, with no process of ours anywhere. */
export interface FirstRing {
  /** Name of the CapsuleConfiguration whose administrators may do everything: the cluster's admin. */
  configuration: string;
  tenant: string;
  /** May do everything in the namespaces of the ring, by name, by a group and as a ServiceAccount. */
  user: string;
  group: string;
  /** A new namespace of the tenant, in which the user may do everything and the policies are in force. */
  namespace(
    policies?: Partial<NamespacePolicies>,
    labels?: Record<string, string>,
  ): Promise<string>;
  /** Puts other policies in force in a namespace of the ring. */
  setPolicies(namespace: string, policies: Partial<NamespacePolicies>): Promise<void>;
  /**
   * In one namespace of the ring for each list of rules, which are in force when it resolves. Each
   * rule is of a Tenant's `spec.rules`, as users write it. `before` there are any, something may be
   * stored in each.
   */
  ruledNamespaces(
    lists: readonly (readonly object[])[],
    before?: (namespace: string, index: number) => Promise<void>,
  ): Promise<string[]>;
  client: ClosableClient;
}

/**
 * Puts policies in force on the shared cluster, in the namespaces of this test only: those of
 * another test look at others.
 */
export async function firstRing(
  policiesOf: (configuration: string) => Policy[],
): Promise<FirstRing> {
  const [suite, tenant] = [freshName('ring'), freshName('oil')];
  const configuration = `${suite}-config`;
  const [user, group] = [freshName('alice'), freshName('group')];
  const cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  const log = createLog({ level: 'error' });
  const client = createClient({ cluster, log, userAgent: suite });
  await bringKinds([customResourceDefinition(RuleStatus)]);
  const policies = compilePolicies(policiesOf(configuration)).map((object) =>
    inSuite(object, suite),
  );
  await apply(policies);
  const inForce = await rulesInForce(client);
  await policiesInForce(client);
  async function setPolicies(namespace: string, more: Partial<NamespacePolicies>) {
    await apply([ruleStatusOf(namespace, { ...noPolicies, ...more })]);
    await inForce(namespace);
  }
  const namespaceObjects = (name: string, labels: Record<string, string> = {}) => [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { suite, [tenantLabel]: tenant, ...labels } },
    },
    ...everythingIn(name, [
      { kind: 'User', name: user, apiGroup: rbac },
      { kind: 'Group', name: group, apiGroup: rbac },
      { kind: 'ServiceAccount', name: 'robot', namespace: name },
    ]),
  ];
  async function namespace(more?: Partial<NamespacePolicies>, labels: Record<string, string> = {}) {
    const name = freshName(tenant);
    await apply(namespaceObjects(name, labels));
    await untilAllowed(client, userIdentity(user), everythingOf(name));
    if (more) await setPolicies(name, more);
    return name;
  }
  const ruledNamespaces: FirstRing['ruledNamespaces'] = async (lists, before) => {
    const names = lists.map(() => freshName(tenant));
    const statuses = lists.map((rules, index) =>
      ruleStatusOf(names[index] ?? '', noPolicies, rules),
    );
    const last = names.at(-1) ?? '';
    // What is written last is watched last: when it is in force, so are the others.
    const put = async (objects: readonly object[]) => {
      await apply(objects);
      await inForce(last);
    };
    await apply(names.flatMap((name) => namespaceObjects(name)));
    await untilAllowed(client, userIdentity(user), everythingOf(last));
    if (before) {
      await put(names.map((name) => ruleStatusOf(name, noPolicies)));
      await concurrently([...names.entries()], 4, ([index, name]) => before(name, index));
    }
    await put(statuses);
    return names;
  };
  return { configuration, tenant, user, group, namespace, setPolicies, ruledNamespaces, client };
}

const rbac = 'rbac.authorization.k8s.io';

const everythingOf = (namespace: string) => ({
  verb: '*',
  group: '*',
  resource: '*',
  namespace,
});

function everythingIn(namespace: string, subjects: object[]): object[] {
  const metadata = { name: 'everything', namespace };
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: metadata.name },
      subjects,
    },
  ];
}

/** The RuleStatus that the tenant controller would write. */
function ruleStatusOf(
  namespace: string,
  policies: NamespacePolicies,
  written: readonly object[] = [],
): KubeObject {
  const object = {
    apiVersion: apiVersionOf(RuleStatus.type),
    kind: RuleStatus.kind,
    metadata: { name: ruleStatusName, namespace },
    spec: written,
    policies,
  };
  const { spec } = RuleStatus.decode(object);
  return { ...object, spec, checks: checksOf(spec) };
}

/** A policy for the namespaces of this suite only, by another name. */
function inSuite(object: KubeObject, suite: string): KubeObject {
  const name = `${suite}.${object.metadata.name}`;
  const metadata = { ...object.metadata, name };
  const { policyName, ...spec } = object['spec'] as {
    policyName?: string;
    matchResources?: { namespaceSelector?: object };
  };
  if (policyName === undefined) return { ...object, metadata };
  const { matchResources } = spec;
  const namespaceSelector = { ...matchResources?.namespaceSelector, matchLabels: { suite } };
  return {
    ...object,
    metadata,
    spec: {
      ...spec,
      policyName: `${suite}.${policyName}`,
      matchResources: { ...matchResources, namespaceSelector },
    },
  };
}

/** What the API server made of a write, or the message it was refused with by a policy. */
export async function answerOf(
  send: () => Promise<KubeObject>,
): Promise<{ object: KubeObject } | { refusal: string }> {
  try {
    return { object: await send() };
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    const refusal = /denied request: (.*)$/s.exec(error.message)?.[1];
    if (refusal === undefined) throw error;
    return { refusal };
  }
}
