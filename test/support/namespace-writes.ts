import { KubeApiError } from '../../src/kube/api-error.ts';
import type { KubeClient, RawRequest } from '../../src/kube/client.ts';
import type { JsonValue, KubeObject, ResourceType } from '../../src/kube/object.ts';

export const namespaceType: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

/** Metadata that somebody wants a namespace to have; null takes away. */
export interface WantedMetadata {
  labels?: Record<string, string | null>;
  ownerReferences?: object[] | null;
}

export const ways = ['update', 'merge', 'strategic', 'json', 'apply'] as const;
export type Way = (typeof ways)[number];
export const subresources = ['', 'status', 'finalize'] as const;
export type Subresource = (typeof subresources)[number];

/** Answer to a write: the HTTP status and what was said. */
export interface Answer {
  code: number;
  message: string;
}

/** What a new namespace says of itself. */
export interface NewNamespace {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: object[];
}

/** Creates a namespace; a refusal is an answer. */
export async function createNamespace(
  client: KubeClient,
  name: string,
  metadata: NewNamespace = {},
): Promise<Answer & { made?: KubeObject }> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { ...metadata, name } };
  try {
    const made = await client.create<KubeObject>(namespaceType, object as KubeObject);
    return { code: 201, message: '', made };
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return { code: error.code, message: error.message };
  }
}

/**
 * Writes a namespace as `client` in one of the ways the API server knows; a refusal is an answer. A dry
 * run changes nothing: for finding out whether policies are in force yet.
 */
export async function writeNamespace(
  client: KubeClient,
  stored: KubeObject,
  {
    wanted,
    way,
    subresource,
    dryRun = false,
  }: { wanted: WantedMetadata; way: Way; subresource: Subresource; dryRun?: boolean },
): Promise<Answer> {
  const { name } = stored.metadata;
  const path = `/api/v1/namespaces/${name}${subresource === '' ? '' : `/${subresource}`}`;
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
  const all = Object.entries({ ...stored.metadata.labels, ...wanted.labels });
  const labels = Object.fromEntries(all.filter(([, value]) => value !== null));
  const { ownerReferences } = wanted;
  const references = ownerReferences !== undefined && { ownerReferences: ownerReferences ?? [] };
  const { name } = stored.metadata;
  const patch = (type: string, body: object): Request => ({
    method: 'PATCH',
    contentType: `application/${type}`,
    body,
  });
  const requests: Record<Way, () => Request> = {
    update: () => ({
      method: 'PUT',
      body: { ...stored, metadata: { ...stored.metadata, labels, ...references } },
    }),
    merge: () => patch('merge-patch+json', { metadata: wanted }),
    strategic: () =>
      patch('strategic-merge-patch+json', {
        metadata: {
          ...wanted,
          ...(ownerReferences === null && { ownerReferences: [{ $patch: 'replace' }] }),
        },
      }),
    json: () =>
      patch('json-patch+json', [
        { op: 'add', path: '/metadata/labels', value: labels },
        ...(references
          ? [{ op: 'add', path: '/metadata/ownerReferences', value: references.ownerReferences }]
          : []),
      ]),
    apply: () => ({
      ...patch('apply-patch+yaml', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels, ...references },
      }),
      query: { fieldManager: 'attacker', force: 'true' },
    }),
  };
  return requests[way]();
}
