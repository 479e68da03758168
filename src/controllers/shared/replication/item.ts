import {
  apiVersionOf,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../../kube/object.ts';
import type { ProcessedItem } from '../../../api/capsule/replication.ts';

/** An object from some part of the spec, on its way to be replicated. */
export interface Piece {
  /** Whatever the part gave; nothing about it is known yet. */
  object: unknown;
  /** Which part: `0/raw-1`. */
  origin: string;
  /** Name of the tenant it is for. */
  tenant: string;
  /** Namespace it is put into, whatever it says itself. */
  namespace: string | undefined;
}

/** One object to be replicated. */
export interface Item {
  /** Of the item: the object, and the tenant it is for. */
  id: string;
  type: ResourceType;
  object: KubeObject;
  origin: string;
  tenant: string;
}

/** An object that could not be made, and why. */
export interface Refused {
  piece: Pick<Piece, 'origin' | 'tenant' | 'namespace'>;
  /** What is known of the object. */
  about?: { apiVersion: string; kind: string; name: string; namespace?: string | undefined };
  why: string;
}

/** What tells an item from all others of a replication. */
export function itemId(
  type: Pick<ResourceType, 'group' | 'kind'>,
  { namespace = '', name }: ObjectKey,
  tenant: string,
): string {
  return JSON.stringify([tenant, type.group, type.kind, namespace, name]);
}

/** The id of an item that the status has. */
export function processedId(item: ProcessedItem): string {
  const { group = '', kind = '', name = '', namespace, tenant = '' } = item;
  return itemId({ group, kind }, { name, ...(namespace !== undefined && { namespace }) }, tenant);
}

/** What the status says of an item, but for how it is. */
export function describeItem({
  type,
  object,
  origin,
  tenant,
}: Item): Omit<ProcessedItem, 'status'> {
  const { name, namespace } = object.metadata;
  const { group, version, kind } = type;
  return {
    ...(group !== '' && { group }),
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    origin,
    tenant,
    version,
  };
}

/** `v1/ConfigMap oil/settings`, for messages. */
export function formatItem(type: ResourceType, { namespace, name }: ObjectKey): string {
  const where = namespace === undefined ? name : `${namespace}/${name}`;
  return `${apiVersionOf(type)}/${type.kind} ${where}`;
}
