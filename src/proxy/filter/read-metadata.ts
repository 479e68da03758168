import { isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { acceptMetadata } from '../../kube/requests.ts';
import type { SeenMetadata } from '../decide/is-visible.ts';
import { isRecord } from '../../base/json.ts';
import { itemMetadata } from './item-metadata.ts';

/** What an object is labelled with at the moment, and which it is. */
export interface ReadMetadata extends SeenMetadata {
  uid: string;
}

/** Reads it as the proxy; undefined if there is none. */
export async function readMetadata(
  client: Pick<KubeClient, 'raw'>,
  path: string,
  signal: AbortSignal,
): Promise<ReadMetadata | undefined> {
  try {
    const object = await client.raw({ method: 'GET', path, accept: acceptMetadata, signal });
    const seen = itemMetadata(object);
    return seen && { ...seen, uid: uidOf(object) };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Empty for what another server answers without one. */
function uidOf(object: unknown): string {
  const metadata = isRecord(object) && isRecord(object['metadata']) ? object['metadata'] : {};
  return typeof metadata['uid'] === 'string' ? metadata['uid'] : '';
}
