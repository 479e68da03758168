import { kinds } from '../../api/kinds.ts';
import { isForbidden, isNotFound } from '../../kube/api-error.ts';
import type { KubeObject, OwnerReference } from '../../kube/object.ts';
import { findResource } from '../../kube/resource-names.ts';
import type { Cluster } from '../cluster/connect.ts';
import { UsageError } from '../command.ts';
import type { AnyKind } from './target.ts';

/** An object of ours that applies others. */
export interface Applier {
  kind: AnyKind;
  object: KubeObject;
}

const maxOwners = 16;

/** Any object, by what people call its kind. */
export async function readNamed(
  { client, namespace, signal }: Cluster,
  word: string,
  name: string,
): Promise<KubeObject> {
  const type = await findResource(client, word, { signal });
  if (!type) throw new UsageError(`the cluster has no kind '${word}'`);
  try {
    return await client.get(type, type.namespaced ? { namespace, name } : { name }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const where = type.namespaced ? ` in namespace '${namespace}'` : '';
    throw new Error(`${type.kind} '${name}' not found${where}`, { cause: error });
  }
}

/**
 * What applied an object: by the labels that are put on everything applied, on the object itself or
 * on one of its owners. Undefined when there is none, or none that the user may see.
 */
export async function ownerOf(cluster: Cluster, object: KubeObject): Promise<Applier | undefined> {
  let current: KubeObject | undefined = object;
  for (let steps = 0; current && steps < maxOwners; steps++) {
    const applier = await labelledOwner(cluster, current);
    if (applier) return applier;
    current = await ownerObject(cluster, current);
  }
  return undefined;
}

async function labelledOwner(
  { client, signal }: Cluster,
  { metadata, kind: ownKind }: KubeObject,
): Promise<Applier | undefined> {
  for (const kind of kinds) {
    const name = metadata.labels?.[`${kind.group}/name`];
    const namespace = metadata.labels?.[`${kind.group}/namespace`];
    if (!kind.shape.inventory || name === undefined || namespace === undefined) continue;
    // One that applies itself ends the way here.
    const isItself =
      ownKind === kind.kind && metadata.name === name && metadata.namespace === namespace;
    if (isItself) continue;
    const read = client.get(kind.type, { namespace, name }, { signal });
    const object = await read.catch(absent);
    if (object) return { kind, object };
  }
  return undefined;
}

async function ownerObject(
  { client, signal }: Cluster,
  { metadata }: KubeObject,
): Promise<KubeObject | undefined> {
  const owners: OwnerReference[] = metadata.ownerReferences ?? [];
  const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
  if (!owner) return undefined;
  const type = await client.discovery.resourceFor(owner.apiVersion, owner.kind, { signal });
  if (!type) return undefined;
  const { namespace } = metadata;
  const key =
    type.namespaced && namespace !== undefined
      ? { namespace, name: owner.name }
      : { name: owner.name };
  return client.get(type, key, { signal }).catch(absent);
}

/** What is not there, or not for this user to see, ends the way. */
function absent(error: unknown): undefined {
  if (isNotFound(error) || isForbidden(error)) return undefined;
  throw error;
}
