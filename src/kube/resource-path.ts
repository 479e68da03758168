import { KubeApiError } from './api-error.ts';
import type { ObjectKey, ResourceType } from './object.ts';

/** Subresources the verbs of KubeClient reach. */
export type Subresource = 'status' | 'finalize' | 'scale' | 'ephemeralcontainers';

/** `/api/v1/namespaces/x/pods`, or across all namespaces when none is given. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root =
    type.group === ''
      ? `/api/${segment('version', type.version)}`
      : `/apis/${segment('group', type.group)}/${segment('version', type.version)}`;
  const plural = segment('resource', type.plural);
  return type.namespaced && namespace !== undefined
    ? `${root}/namespaces/${segment('namespace', namespace)}/${plural}`
    : `${root}/${plural}`;
}

/**
 * The path of one object.
 *
 * @throws KubeApiError 422, the API server's own verdict, for a name that would change the path or
 * a namespaced key without namespace (which would reach another resource).
 */
export function objectPath(type: ResourceType, key: ObjectKey, subresource?: Subresource): string {
  const path = `${namespacedCollection(type, key.namespace)}/${segment('name', key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The collection one object lives in; insists on a namespace where the kind has one. */
export function namespacedCollection(type: ResourceType, namespace: string | undefined): string {
  if (type.namespaced && (namespace === undefined || namespace === '')) {
    throw invalid(`${type.kind} is namespaced: a namespace is required`);
  }
  return collectionPath(type, namespace);
}

/** One path segment, by the API server's rule: not empty, `.`, `..`, nor holding `/` or `%`. */
function segment(what: string, text: string): string {
  const illegal =
    typeof text !== 'string' ||
    text === '' ||
    text === '.' ||
    text === '..' ||
    text.length > 512 ||
    /[/%\p{Cc}]/u.test(text) ||
    !text.isWellFormed();
  if (illegal) throw invalid(`invalid ${what}: ${JSON.stringify(text)}`);
  return encodeURIComponent(text);
}

function invalid(message: string): KubeApiError {
  return new KubeApiError({ code: 422, reason: 'Invalid', message });
}
