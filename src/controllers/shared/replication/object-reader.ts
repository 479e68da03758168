import { isNotFound } from '../../../kube/api-error.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { formatSelector, selects, type LabelSelector } from '../../../kube/label-selector.ts';
import type { KubeObject, ResourceType } from '../../../kube/object.ts';
import { ReplicationError } from './replication-error.ts';

/** What is to be read, with everything filled in. */
export interface Reading {
  type: ResourceType;
  /** Undefined: of a kind without namespaces, or everywhere. */
  namespace: string | undefined;
  /** The one object; undefined: those that the selector selects. */
  name: string | undefined;
  selector: LabelSelector;
  /** The one object need not exist. */
  optional: boolean;
}

/** Reads existing objects; what was read once is known, for as long as the reader lives. */
export type ObjectReader = (reading: Reading) => Promise<KubeObject[]>;

const maxRead = 1_000;

/** A reader that reads as `client`: what that may not read is not read. */
export function createObjectReader(client: KubeClient, signal: AbortSignal): ObjectReader {
  const known = new Map<string, Promise<KubeObject[]>>();
  return (reading) => {
    const { type, namespace, name, selector } = reading;
    const key = JSON.stringify([type.group, type.version, type.kind, namespace, name, selector]);
    const found = known.get(key) ?? read(reading, client, signal);
    known.set(key, found);
    return found;
  };
}

async function read(
  reading: Reading,
  client: KubeClient,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const { type, namespace, name, selector } = reading;
  if (name !== undefined) return await readOne({ ...reading, name }, client, signal);
  const labelSelector = formatSelector(selector);
  if (labelSelector === undefined) throw new ReplicationError('its selector is malformed');
  const { items } = await client.list(type, {
    ...(namespace !== undefined && { namespace }),
    ...(labelSelector !== '' && { labelSelector }),
    signal,
  });
  if (items.length > maxRead)
    throw new ReplicationError(`a selector may select at most ${maxRead} objects`);
  return items.filter(({ metadata }) => selects(selector, metadata.labels ?? {}));
}

async function readOne(
  { type, namespace, name, optional }: Reading & { name: string },
  client: KubeClient,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  if (type.namespaced && namespace === undefined)
    throw new ReplicationError(`${type.kind} '${name}': name its namespace`);
  try {
    const key = { name, ...(namespace !== undefined && { namespace }) };
    return [await client.get(type, key, { signal })];
  } catch (error) {
    if (optional && isNotFound(error)) return [];
    throw error;
  }
}
