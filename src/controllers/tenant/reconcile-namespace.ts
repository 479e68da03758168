import type { KubeObject, ResourceType } from '../../kube/object.ts';
import { converge, withDigest } from '../shared/converge.ts';
import { indexedChildren } from './children/indexed.ts';
import { ownerBindings, roleBindings } from './children/role-bindings.ts';
import { namespaceRules, ruleStatus } from './children/rule-status.ts';
import { tenantReference } from './children/child.ts';
import { childTypes } from './children/types.ts';
import { isSubset } from '../shared/is-subset.ts';
import { managedMetadata } from './namespace-metadata.ts';
import { policiesFor } from './policies/policies-for.ts';
import { fieldManager } from './field-manager.ts';
import { namespaceType } from '../shared/core-resources.ts';
import { managedTenantLabel } from '../../api/capsule/labels.ts';
import { selects } from '../../kube/label-selector.ts';
import type { EffectiveOwner } from '../../api/capsule/owner.ts';
import type { Work } from './work.ts';

/** Makes one namespace of the tenant what the tenant says: itself first, then what is in it. */
export async function reconcileNamespace(
  namespace: KubeObject,
  owners: readonly EffectiveOwner[],
  work: Work,
): Promise<void> {
  const isGoing = namespace.metadata.deletionTimestamp !== undefined;
  if (isGoing) return;
  await claim(namespace, work);
  const children = childrenOf(namespace, owners, work);
  const { name } = namespace.metadata;
  for (const type of childTypes) {
    await converge(
      {
        type,
        desired: children.filter(({ kind }) => kind === type.kind),
        present: managedIn(name, type, work),
      },
      {
        client: work.deps.client,
        caches: work.deps.managed,
        fieldManager,
        signal: work.run.signal,
      },
    );
  }
}

/** Completes what binds the namespace to the tenant, and puts the tenant's metadata on it. */
async function claim(
  { metadata }: KubeObject,
  { tenant, identity, deps, run }: Work,
): Promise<void> {
  const { name, labels = {}, annotations = {}, ownerReferences = [], uid } = metadata;
  const wanted = withDigest({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      ...managedMetadata(tenant, { name, labels }),
      ownerReferences: [{ ...tenantReference, ...identity }],
    },
  });
  const isReferred = ownerReferences.some((reference) => reference.uid === identity.uid);
  const managed = { labels: wanted.metadata.labels, annotations: wanted.metadata.annotations };
  if (isReferred && isSubset(managed, { labels, annotations })) return;
  const guarded = {
    ...wanted,
    metadata: { ...wanted.metadata, ...(uid !== undefined && { uid }) },
  };
  await deps.client.apply(namespaceType, guarded, {
    fieldManager,
    force: true,
    signal: run.signal,
  });
}

function childrenOf(
  { metadata }: KubeObject,
  owners: readonly EffectiveOwner[],
  work: Work,
): KubeObject[] {
  const { tenant, identity, quotas } = work;
  const { name, labels = {} } = metadata;
  const { spec } = tenant;
  const rules = (spec.rules ?? []).filter(({ namespaceSelector }) =>
    selects(namespaceSelector ?? {}, labels),
  );
  const ofRules = rules.flatMap(({ permissions }) => permissions?.bindings ?? []);
  const named = (owner: EffectiveOwner) =>
    (spec.owners ?? []).find((each) => each.name === owner.name) ?? {};
  return [
    ruleStatus(identity, name, {
      rules: namespaceRules(rules),
      policies: policiesFor(metadata, work),
    }),
    ...indexedChildren(identity, name, spec),
    ...(quotas.get(name) ?? []),
    ...roleBindings(identity, name, [
      ...ownerBindings(owners, named),
      ...(spec.additionalRoleBindings ?? []),
      ...ofRules,
    ]),
  ];
}

/** What is managed for this tenant in a namespace, as the watch knows it. */
function managedIn(namespace: string, type: ResourceType, { identity, deps }: Work): KubeObject[] {
  return deps.managed
    .for(type)
    .list(namespace)
    .filter(({ metadata }) => metadata.labels?.[managedTenantLabel] === identity.name);
}
