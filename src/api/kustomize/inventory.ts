import { referenceId, type KubeObject, type ResourceType } from '../../kube/object.ts';

/** One line of `status.inventory.entries`: `{id: apps_web_apps_Deployment, v: v1}`. */
export interface InventoryEntry {
  id: string;
  /** The API version it was applied with, without its group. */
  v: string;
  /** Ours, as is `left`: Flux's controllers and CLI read entries without them. */
  u?: string;
  left?: Left;
}

/** Why an object that is no longer in Git is still listed. */
export type Left = 'pending' | 'guarded';

/** An object by its kind and name; `namespace` is empty for cluster-scoped kinds. */
export interface ObjectRef {
  group: string;
  version: string;
  kind: string;
  namespace: string;
  name: string;
}

/** An object of an inventory. */
export interface InventoryItem extends ObjectRef {
  /** As it was last applied; unknown of what was only claimed, or applied by Flux's controllers. */
  uid?: string;
  /** Absent while it is wanted. */
  left?: Left;
}

/** Names of these kinds may hold colons, which an id writes as two underscores. */
const rbacGroup = 'rbac.authorization.k8s.io';

/**
 * `<namespace>_<name>_<group>_<kind>` with empty parts left empty, as `status.inventory` of
 * Flux's Kustomization spells it (and `flux tree` reads it).
 */
export function formatEntry(ref: InventoryItem): InventoryEntry {
  const name = ref.group === rbacGroup ? ref.name.replaceAll(':', '__') : ref.name;
  const id = [ref.namespace, name, ref.group, ref.kind].join('_');
  const { uid, left } = ref;
  return { id, v: ref.version, ...(uid && { u: uid }), ...(left && { left }) };
}

/**
 * The object an entry names; undefined when it is not an inventory id. A role whose own name holds
 * two underscores reads as one with a colon, as upstream reads it: no such object, nothing pruned.
 */
export function parseEntry({ id, v, u, left }: InventoryEntry): InventoryItem | undefined {
  const parts = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/s.exec(id);
  if (!parts || v === '') return undefined;
  const [, namespace = '', name = '', group = '', kind = ''] = parts;
  return {
    group,
    version: v,
    kind,
    namespace,
    name: group === rbacGroup ? name.replaceAll('__', ':') : name,
    ...(u && { uid: u }),
    ...(left && { left }),
  };
}

/** The objects of an inventory; entries that are not ids are left out. */
export function parseInventory(entries: readonly InventoryEntry[] = []): InventoryItem[] {
  return entries.map(parseEntry).filter((ref) => ref !== undefined);
}

export function refOf(object: KubeObject): ObjectRef {
  const [version = '', group = ''] = object.apiVersion.split('/').toReversed();
  const { namespace = '', name } = object.metadata;
  return { group, version, kind: object.kind, namespace, name };
}

/** A map key that no other object has, whatever characters its name holds. API versions share it. */
export function refId(ref: ObjectRef): string {
  return referenceId(ref, { namespace: ref.namespace, name: ref.name });
}

/** The name within the kind, in the form clients take. */
export function keyOfRef({ namespace, name }: ObjectRef) {
  return namespace === '' ? { name } : { namespace, name };
}

/** `Deployment/apps/web`, `Namespace/apps`: how messages and change logs name an object. */
export function formatRef({ kind, namespace, name }: ObjectRef): string {
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** True when the type is the one the reference was written for. */
export function isOfType(ref: ObjectRef, type: Pick<ResourceType, 'group' | 'kind'>): boolean {
  return ref.group === type.group && ref.kind === type.kind;
}

/** Every object of both lists once; where both name it, as the first has it. */
export function union<T extends ObjectRef>(first: readonly T[], second: readonly T[]): T[] {
  const seen = new Set(first.map(refId));
  return [...first, ...second.filter((ref) => !seen.has(refId(ref)))];
}

/** What is in `refs` and not in `other`. */
export function without<T extends ObjectRef>(refs: readonly T[], other: readonly ObjectRef[]): T[] {
  const gone = new Set(other.map(refId));
  return refs.filter((ref) => !gone.has(refId(ref)));
}
