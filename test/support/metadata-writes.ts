import { KubeApiError } from '../../src/kube/api-error.ts';
import type { KubeClient, RawRequest } from '../../src/kube/client.ts';
import type { JsonValue, KubeObject, ResourceType } from '../../src/kube/object.ts';

/** Metadata that somebody wants an object to have; null takes away. */
export interface WantedMetadata {
  labels?: Record<string, string | null>;
  annotations?: Record<string, string | null>;
  ownerReferences?: object[] | null;
  finalizers?: string[];
}

export const ways = ['update', 'merge', 'strategic', 'json', 'apply'] as const;
export type Way = (typeof ways)[number];

/** Answer to a write: the HTTP status and what was said. */
export interface Answer {
  code: number;
  message: string;
}

/** How metadata is written: a dry run changes nothing. */
export interface MetadataWrite {
  wanted: WantedMetadata;
  way: Way;
  /** Empty for the object itself. */
  subresource?: string;
  dryRun?: boolean;
}

/** An object as it was read, to be replaced whatever happened to it since: a PUT of it never conflicts. */
export function ofAnyVersion({ metadata, ...object }: KubeObject): KubeObject {
  const { resourceVersion: _any, ...kept } = metadata;
  return { ...object, metadata: kept };
}

/**
 * Writes an object of the core group as `client`, in one of the ways the API server knows; a refusal is
 * an answer.
 */
export async function writeMetadata(
  client: KubeClient,
  { plural }: Pick<ResourceType, 'plural'>,
  stored: KubeObject,
  { wanted, way, subresource = '', dryRun = false }: MetadataWrite,
): Promise<Answer> {
  const { name, namespace } = stored.metadata;
  const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
  const of = subresource === '' ? '' : `/${subresource}`;
  const path = `/api/v1${within}/${plural}/${name}${of}`;
  const request = requestOf(stored, wanted, way);
  const query = { ...request.query, ...(dryRun && { dryRun: 'All' }) };
  try {
    // Any object of JSON is a JSON value.
    await client.raw({ ...request, query, path, body: request.body as unknown as JsonValue });
    return { code: 200, message: '' };
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return { code: error.code, message: error.message };
  }
}

type Request = Pick<RawRequest, 'method' | 'contentType' | 'query'> & { body: object };

function requestOf(stored: KubeObject, wanted: WantedMetadata, way: Way): Request {
  const { apiVersion, kind } = stored;
  const { managedFields: _theirs, ...metadata } = stored.metadata;
  const written = writtenMetadata(metadata, wanted);
  const patch = (type: string, body: object): Request => ({
    method: 'PATCH',
    contentType: `application/${type}`,
    body,
  });
  const { ownerReferences } = wanted;
  const emptied = ownerReferences === null && { ownerReferences: [{ $patch: 'replace' }] };
  const requests: Record<Way, () => Request> = {
    update: () => ({
      method: 'PUT',
      body: { ...stored, metadata: { ...metadata, ...written } },
    }),
    merge: () => patch('merge-patch+json', { metadata: wanted }),
    strategic: () => patch('strategic-merge-patch+json', { metadata: { ...wanted, ...emptied } }),
    json: () =>
      patch(
        'json-patch+json',
        Object.entries(written).map(([field, value]) => ({
          op: 'add',
          path: `/metadata/${field}`,
          value,
        })),
      ),
    apply: () => ({
      ...patch('apply-patch+yaml', {
        apiVersion,
        kind,
        metadata: { name: metadata.name, ...written },
      }),
      query: { fieldManager: 'attacker', force: 'true' },
    }),
  };
  return requests[way]();
}

/** Each field that somebody wants otherwise, as it is to be. */
function writtenMetadata(metadata: KubeObject['metadata'], wanted: WantedMetadata): object {
  const { labels, annotations, ownerReferences, finalizers } = wanted;
  return {
    ...(labels && { labels: merged(metadata.labels, labels) }),
    ...(annotations && { annotations: merged(metadata.annotations, annotations) }),
    ...(ownerReferences !== undefined && { ownerReferences: ownerReferences ?? [] }),
    ...(finalizers && { finalizers }),
  };
}

function merged(
  before: Readonly<Record<string, string>> | undefined,
  wanted: Record<string, string | null>,
) {
  const all = Object.entries({ ...before, ...wanted });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}
