import type {
  ApplyOptions,
  DeleteOptions,
  ListOptions,
  Patch,
  PatchOptions,
  RawRequest,
  WatchOptions,
  WriteOptions,
} from './client.ts';
import { KubeApiError } from './api-error.ts';
import { stringifyJson } from '../base/json.ts';
import { apiVersionOf, keyOf } from './object.ts';
import type { KubeObject, ObjectKey, ResourceType } from './object.ts';
import { collectionPath, namespacedCollection, objectPath } from './resource-path.ts';

/** The verbs of Kubernetes' authorizer, as metrics count them. */
export type Verb =
  'get' | 'list' | 'watch' | 'apply' | 'create' | 'patch' | 'update' | 'delete' | 'raw';

/** An HTTP request to the API server, complete but for who asks. Made here, sent by transport.ts. */
export interface KubeRequest {
  verb: Verb;
  /** `deployments.apps`; the path itself for raw requests. */
  resource: string;
  subresource?: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query string. */
  path: string;
  accept: string;
  contentType?: string;
  body?: string;
  /** Sending it twice leaves the same state as sending it once. */
  idempotent: boolean;
}

const json = 'application/json';
/** Asks for objects without what they hold. */
export const acceptMetadata = `${json};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
/** The same for a list of them. */
export const acceptMetadataList = `${json};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const;

export function getRequest(type: ResourceType, key: ObjectKey): KubeRequest {
  return read(type, 'get', objectPath(type, key));
}

/** One page of a list; `continueToken` is the previous page's `metadata.continue`. */
export function listRequest(
  type: ResourceType,
  options: ListOptions,
  continueToken?: string,
): KubeRequest {
  const query = selectors(options);
  if (options.limit !== undefined) query['limit'] = String(options.limit);
  // A continued list is pinned to its first page's version; the server refuses both together.
  if (continueToken !== undefined) query['continue'] = continueToken;
  else if (options.resourceVersion !== undefined)
    query['resourceVersion'] = options.resourceVersion;
  const path = collectionPath(type, options.namespace) + queryString(query);
  return { ...read(type, 'list', path), accept: options.metadataOnly ? acceptMetadataList : json };
}

export function watchRequest(type: ResourceType, options: WatchOptions): KubeRequest {
  const query = selectors(options);
  query['watch'] = 'true';
  query['allowWatchBookmarks'] = 'true';
  if (options.resourceVersion !== '') query['resourceVersion'] = options.resourceVersion;
  if (options.sendInitialEvents === true) {
    query['sendInitialEvents'] = 'true';
    query['resourceVersionMatch'] = 'NotOlderThan';
  }
  if (options.timeoutSeconds !== undefined)
    query['timeoutSeconds'] = String(options.timeoutSeconds);
  const path = collectionPath(type, options.namespace) + queryString(query);
  return { ...read(type, 'watch', path), accept: options.metadataOnly ? acceptMetadata : json };
}

/** Server-side apply. The body is JSON, which is YAML; apiVersion and kind are those of `type`. */
export function applyRequest(
  type: ResourceType,
  object: KubeObject,
  options: ApplyOptions,
): KubeRequest {
  if (options.fieldManager === '') throw new TypeError('apply needs a fieldManager');
  const query = writeQuery(options);
  query['force'] = String(options.force === true);
  const path = objectPath(type, keyOf(object)) + queryString(query);
  return {
    ...write(type, 'apply', { method: 'PATCH', path }),
    contentType: 'application/apply-patch+yaml',
    body: encode(type, object),
    idempotent: true,
  };
}

export function createRequest(
  type: ResourceType,
  object: KubeObject,
  options: WriteOptions = {},
): KubeRequest {
  const collection = namespacedCollection(type, object.metadata.namespace);
  const path = collection + queryString(writeQuery(options));
  return {
    ...write(type, 'create', { method: 'POST', path }),
    body: encode(type, object),
  };
}

export function patchRequest(
  type: ResourceType,
  key: ObjectKey,
  patch: Patch,
  options: PatchOptions = {},
): KubeRequest {
  const { subresource } = options;
  const path = objectPath(type, key, subresource) + queryString(writeQuery(options));
  return {
    ...write(type, 'patch', { method: 'PATCH', path, subresource }),
    contentType: patchTypes[patch.type],
    body: stringifyJson(patch.body),
  };
}

export function replaceRequest(
  type: ResourceType,
  object: KubeObject,
  options: PatchOptions = {},
): KubeRequest {
  const { subresource } = options;
  const path = objectPath(type, keyOf(object), subresource) + queryString(writeQuery(options));
  return {
    ...write(type, 'update', { method: 'PUT', path, subresource }),
    body: encode(type, object),
  };
}

export function deleteRequest(
  type: ResourceType,
  key: ObjectKey,
  options: DeleteOptions = {},
): KubeRequest {
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: options.propagationPolicy,
    preconditions: options.preconditions,
    dryRun: options.dryRun === true ? ['All'] : undefined,
  };
  const path = objectPath(type, key);
  return { ...write(type, 'delete', { method: 'DELETE', path }), body: stringifyJson(body) };
}

/** @throws KubeApiError 400 for a path that is not absolute and plain. */
export function rawRequest(request: RawRequest): KubeRequest {
  const { method, path, query = {}, body, contentType, accept = json } = request;
  const plain =
    /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/.test(path) && !/(^|\/)\.\.?(\/|$)/.test(path);
  if (!plain) {
    const message = `invalid path: ${JSON.stringify(path)}`;
    throw new KubeApiError({ code: 400, reason: 'BadRequest', message });
  }
  return {
    verb: 'raw',
    resource: path,
    method,
    path: path + queryString(query),
    accept,
    ...(body === undefined ? {} : { body: stringifyJson(body), contentType: contentType ?? json }),
    idempotent: method === 'GET',
  };
}

function read(type: ResourceType, verb: Verb, path: string): KubeRequest {
  return {
    verb,
    resource: resourceName(type),
    method: 'GET',
    path,
    accept: json,
    idempotent: true,
  };
}

function write(
  type: ResourceType,
  verb: Verb,
  target: Pick<KubeRequest, 'method' | 'path'> & { subresource?: string | undefined },
): KubeRequest {
  const { method, path, subresource } = target;
  return {
    verb,
    resource: resourceName(type),
    ...(subresource === undefined ? {} : { subresource }),
    method,
    path,
    accept: json,
    contentType: json,
    idempotent: false,
  };
}

/** `deployments.apps`, or `pods` in the core group. */
function resourceName(type: ResourceType): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}

function encode(type: ResourceType, object: KubeObject): string {
  return stringifyJson({ ...object, apiVersion: apiVersionOf(type), kind: type.kind });
}

function selectors(options: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>) {
  const query: Record<string, string> = {};
  if (options.labelSelector !== undefined) query['labelSelector'] = options.labelSelector;
  if (options.fieldSelector !== undefined) query['fieldSelector'] = options.fieldSelector;
  return query;
}

function writeQuery(options: WriteOptions): Record<string, string> {
  const query: Record<string, string> = {};
  if (options.dryRun === true) query['dryRun'] = 'All';
  if (options.fieldManager !== undefined) query['fieldManager'] = options.fieldManager;
  return query;
}

function queryString(query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}
