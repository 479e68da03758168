import type { KubeClient } from '../../../kube/client.ts';
import { isForbidden, isNotFound } from '../../../kube/api-error.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { acceptMetadataList } from '../../../kube/requests.ts';
import { hindranceOf, remainingKinds, type RemainingKind } from './remaining-kinds.ts';

/** Objects of one resource that are named; of the others there is a count. */
const maxNamed = 5;
const maxKinds = 10;

/**
 * What a namespace that is being deleted still holds: `configmaps data (finalizers: example.com/x)`.
 * Empty while the namespace controller has not said yet.
 */
export async function describeRemaining(
  namespace: KubeObject,
  client: KubeClient,
  signal: AbortSignal,
): Promise<string> {
  const kinds = remainingKinds(namespace).slice(0, maxKinds);
  const { name } = namespace.metadata;
  const found = await Promise.all(kinds.map((kind) => describeKind(name, kind, client, signal)));
  const hindrance = hindranceOf(namespace);
  return [...found, ...(hindrance === undefined ? [] : [hindrance])].join('; ');
}

async function describeKind(
  namespace: string,
  { group, plural, count }: RemainingKind,
  client: KubeClient,
  signal: AbortSignal,
): Promise<string> {
  const resource = group === '' ? plural : `${plural}.${group}`;
  try {
    const names = (await listSome({ namespace, group, plural }, client, signal)).map(describe);
    if (names.length === 0) return `${count} ${resource}`;
    const more = count - names.length;
    return `${resource} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  } catch (error) {
    // Not ours to read: the count has to do.
    if (isForbidden(error) || isNotFound(error)) return `${count} ${resource}`;
    throw error;
  }
}

interface Some {
  namespace: string;
  group: string;
  plural: string;
}

/** A few objects of a resource, whichever version the server prefers. */
async function listSome(
  { namespace, group, plural }: Some,
  client: KubeClient,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const root = group === '' ? '/api/v1' : `/apis/${await preferredVersion(group, client, signal)}`;
  const { items } = await client.raw<{ items: KubeObject[] | null }>({
    method: 'GET',
    path: `${root}/namespaces/${namespace}/${plural}`,
    query: { limit: String(maxNamed) },
    accept: acceptMetadataList,
    signal,
  });
  // In this form the API server writes an empty list as none.
  return items ?? [];
}

async function preferredVersion(
  group: string,
  client: KubeClient,
  signal: AbortSignal,
): Promise<string> {
  const path = `/apis/${group}`;
  const { preferredVersion: version } = await client.raw<{
    preferredVersion: { groupVersion: string };
  }>({ method: 'GET', path, signal });
  return version.groupVersion;
}

/** An object as a status names it, with what holds it. */
export function describe({ metadata }: KubeObject): string {
  const { name, finalizers = [] } = metadata;
  return finalizers.length === 0 ? name : `${name} (finalizers: ${finalizers.join(', ')})`;
}
