import { isTenantReference } from '../../access/namespaces/facts.ts';
import type { JsonValue, KubeObject } from '../../kube/object.ts';
import { withDigest } from '../shared/converge.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { isSubset } from '../shared/is-subset.ts';
import { tenantReference } from './children/child.ts';
import { fieldManager } from './field-manager.ts';
import { managedMetadata, type ManagedMetadata } from '../../access/namespaces/managed-metadata.ts';
import { staleMetadata } from './stale-metadata.ts';
import type { Work } from './work.ts';

/**
 * Completes what binds the namespace to the tenant, and makes its metadata what the tenant says:
 * what is said is there, what is said no longer is gone. Answers with what is managed now.
 */
export async function claimNamespace(namespace: KubeObject, work: Work): Promise<ManagedMetadata> {
  const { name, labels = {} } = namespace.metadata;
  const managed = managedMetadata(work.tenant, { name, labels });
  const claimed = await put(namespace, managed, work);
  await takeOff(claimed, managed, work);
  return managed;
}

/** The namespace as it is then. */
async function put(
  namespace: KubeObject,
  managed: ManagedMetadata,
  { identity, deps, run }: Work,
): Promise<KubeObject> {
  const { name, labels = {}, annotations = {}, ownerReferences = [], uid } = namespace.metadata;
  const wanted = withDigest({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, ...managed, ownerReferences: [{ ...tenantReference, ...identity }] },
  });
  const isReferred = ownerReferences.some((reference) => reference.uid === identity.uid);
  const said = { labels: wanted.metadata.labels, annotations: wanted.metadata.annotations };
  if (isReferred && isSubset(said, { labels, annotations })) return namespace;
  const guarded = {
    ...wanted,
    metadata: { ...wanted.metadata, ...(uid !== undefined && { uid }) },
  };
  const { object } = await deps.client.apply(namespaceType, guarded, {
    fieldManager,
    force: true,
    signal: run.signal,
  });
  return object;
}

/** What an apply cannot take off: what others wrote first, such as the webhook for the user. */
async function takeOff(
  { metadata }: KubeObject,
  managed: ManagedMetadata,
  { tenant, identity, deps, run }: Work,
): Promise<void> {
  const { name, uid, resourceVersion, ownerReferences = [] } = metadata;
  const recorded = tenant.status?.spaces?.find((space) => space.uid === uid)?.metadata ?? {};
  const { managedMetadataOnly: managedOnly = false } = tenant.spec.namespaceOptions ?? {};
  const stale = staleMetadata({ recorded, managed, live: metadata, managedOnly });
  const kept = ownerReferences.filter(
    (reference) => !isTenantReference(reference) || reference.uid === identity.uid,
  );
  const isForeign = kept.length < ownerReferences.length;
  if (!stale && !isForeign) return;
  // References are replaced as a whole: the version keeps others' from being lost.
  const references = isForeign && { resourceVersion, ownerReferences: kept.map(asJson) };
  const body = { metadata: { uid, ...stale, ...references } };
  const patch = { type: 'merge', body } as const;
  await deps.client.patch(namespaceType, { name }, patch, { fieldManager, signal: run.signal });
}

/** An owner reference has members of plain types only. */
const asJson = (reference: object) => ({ ...reference }) as JsonValue;
