import type { KubeObject, OwnerReference } from '../../kube/object.ts';
import { tenantLabel, Verb } from '../tenancy/vocabulary.ts';
import { isTenantReference, readNamespace, type NamespaceFacts } from './facts.ts';

/** A write of a Namespace, as the API server is about to look at it. */
export interface NamespaceWrite {
  object: KubeObject;
  /** Of an update: what is stored. */
  oldObject?: KubeObject;
  may: NamespaceFacts['may'];
  /** Name of the CapsuleConfiguration whose administrators may do everything. */
  configuration: string;
}

/**
 * What the mutating policies make of a write: references to Tenants that a user puts on a new
 * namespace are taken off, and what an owner does to the assignment of its own is undone.
 */
export function mutateNamespace(write: NamespaceWrite): KubeObject {
  const { object, oldObject, may, configuration } = write;
  if (may(Verb.Administer, configuration)) return object;
  if (!oldObject) return withReferences(object, othersOf(object));
  const [before, after] = [readNamespace(oldObject), readNamespace(object)];
  const isTampered =
    before.label !== after.label ||
    JSON.stringify(before.references) !== JSON.stringify(after.references);
  if (!isTampered || before.label === '' || !may(Verb.Own, before.label)) return object;
  const labels = { ...object.metadata.labels, [tenantLabel]: before.label };
  const restored = { ...object, metadata: { ...object.metadata, labels } };
  return withReferences(restored, [...othersOf(object), ...tenantsOf(oldObject)]);
}

const referencesOf = ({ metadata }: KubeObject) => metadata.ownerReferences ?? [];
const othersOf = (object: KubeObject) =>
  referencesOf(object).filter((each) => !isTenantReference(each));
const tenantsOf = (object: KubeObject) => referencesOf(object).filter(isTenantReference);

function withReferences(object: KubeObject, ownerReferences: OwnerReference[]): KubeObject {
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
