import type { EffectiveOwner } from '../../api/capsule/owner.ts';
import { tenantReference } from './children/child.ts';
import { managedTenantLabel } from '../../api/capsule/labels.ts';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import { promotionBindings, type Promotion } from '../../access/tenancy/promotions.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { keyOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { selects } from '../../kube/label-selector.ts';
import { converge } from '../shared/converge.ts';
import { indexedChildren } from './children/indexed.ts';
import { ownerBindings, roleBindings } from './children/role-bindings.ts';
import { ruleStatus } from './children/rule-status.ts';
import { childTypes } from './children/types.ts';
import { fieldManager } from './field-manager.ts';
import { policiesFor } from './policies/policies-for.ts';
import { rulesIn } from './rules/rules-in.ts';
import type { Work } from './work.ts';

/** What all namespaces of a tenant get alike. */
export interface NamespacePlan {
  owners: readonly EffectiveOwner[];
  promotions: readonly Promotion[];
}

/**
 * Makes what is managed in a namespace what the tenant says. Rules and limits come before anybody may
 * work in it, and RoleBindings are the last to go.
 */
export async function reconcileChildren(
  namespace: KubeObject,
  plan: NamespacePlan,
  work: Work,
): Promise<void> {
  const children = await childrenOf(namespace, plan, work);
  await convergeChildren(namespace.metadata.name, children, work);
}

/** Removes everything that is managed for the tenant in a namespace. */
export async function removeChildren(namespace: string, work: Work): Promise<void> {
  await convergeChildren(namespace, [], work);
}

async function convergeChildren(
  namespace: string,
  children: readonly KubeObject[],
  work: Work,
): Promise<void> {
  const { deps, run } = work;
  const options = { client: deps.client, caches: deps.managed, fieldManager, signal: run.signal };
  for (const type of childTypes) {
    const present = managedIn(namespace, type, work);
    const desired = children.filter(({ kind }) => kind === type.kind);
    await converge({ type, desired, present }, options);
    for (const child of present) await takeOffLegacyLabel(type, child, work);
  }
}

/** Capsule once labelled what it managed as it labels namespaces; that label means a namespace only. */
async function takeOffLegacyLabel(
  type: ResourceType,
  child: KubeObject,
  { deps, run }: Work,
): Promise<void> {
  const { labels = {}, uid, deletionTimestamp } = child.metadata;
  if (labels[tenantLabel] === undefined || deletionTimestamp !== undefined) return;
  const body = { metadata: { uid, labels: { [tenantLabel]: null } } };
  const patch = { type: 'merge', body } as const;
  await deps.client.patch(type, keyOf(child), patch, { fieldManager, signal: run.signal });
}

async function childrenOf(
  namespace: KubeObject,
  { owners, promotions }: NamespacePlan,
  work: Work,
): Promise<KubeObject[]> {
  const { tenant, identity, quotas, deps, run } = work;
  const { metadata } = namespace;
  const { name, labels = {} } = metadata;
  const { spec } = tenant;
  const rules = (spec.rules ?? []).filter(({ namespaceSelector }) =>
    selects(namespaceSelector ?? {}, labels),
  );
  return [
    ruleStatus(identity, name, {
      rules: await rulesIn(namespace, rules, {
        tenant,
        templates: deps.templates,
        signal: run.signal,
      }),
      policies: policiesFor(metadata, work),
    }),
    ...indexedChildren(identity, name, spec),
    ...(quotas.get(name) ?? []),
    ...roleBindings(identity, name, [
      ...ownerBindings(owners, metadataIn(spec)),
      ...(spec.additionalRoleBindings ?? []),
      ...rules.flatMap(({ permissions }) => permissions?.bindings ?? []),
      ...promotionBindings(promotions, name),
    ]),
  ];
}

/** Labels and annotations that the spec asks for on the RoleBindings of an owner. */
function metadataIn({ owners = [] }: TenantSpec) {
  return (owner: EffectiveOwner) =>
    owners.find(({ kind, name }) => name === owner.name && (kind ?? owner.kind) === owner.kind) ??
    {};
}

/** What is managed for this tenant in a namespace, as the watch knows it. */
function managedIn(namespace: string, type: ResourceType, { identity, deps }: Work): KubeObject[] {
  return deps.managed
    .for(type)
    .list(namespace)
    .filter(({ metadata }) => metadata.labels?.[managedTenantLabel] === identity.name)
    .filter((object) => !isOfOther(object));
}

/** Quotas of pools, for one: everything in a tenant's namespace bears the tenant's label. */
function isOfOther({ metadata }: KubeObject): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner !== undefined && owner.kind !== tenantReference.kind;
}
