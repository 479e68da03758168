import { isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { SeenMetadata } from '../decide/is-visible.ts';
import { itemMetadata } from './item-metadata.ts';

const partial = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** What an object is labelled with at the moment, read as the proxy; undefined if there is none. */
export async function readMetadata(
  client: Pick<KubeClient, 'raw'>,
  path: string,
  signal: AbortSignal,
): Promise<SeenMetadata | undefined> {
  try {
    return itemMetadata(await client.raw({ method: 'GET', path, accept: partial, signal }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
