import { badRequest } from '../refusal.ts';
import type { ApiRequest } from './api-request.ts';
import { isTrue, parseQuery } from './parse-query.ts';
import { splitTarget } from './path-segments.ts';
import { selectedName } from './selected-name.ts';

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Parts of a Namespace, where other names are kinds within it. */
const namespaceSubresources = new Set(['status', 'finalize']);

/**
 * Reads a request line as the API server will (RequestInfo in k8s.io/apiserver): what is decided here
 * and what happens there cannot be about different objects.
 *
 * @throws Refusal 400 for what could be read in two ways
 */
export function parseRequest(method: string, target: string): ApiRequest {
  const { path, segments, query: text, isRelayed } = splitTarget(target);
  // The rest is for whoever is behind the API server: no parameter of it means anything here.
  const query = isRelayed ? new URLSearchParams() : parseQuery(text);
  const parts = apiParts(segments);
  if (!parts) {
    const verb = method.toLowerCase();
    const none = { group: '', version: '', resource: '', isResource: false, isWatch: false };
    return { verb, ...none, path, query };
  }
  const { rest, ...groupVersion } = parts;
  const { resource, ...object } = objectOf(rest, verbs[method] ?? '');
  const isCollection = object.name === undefined && object.verb === 'get';
  const name = isCollection ? selectedName(query.get('fieldSelector')) : object.name;
  const verb = verbOf(object, query);
  const { namespace, subresource } = object;
  const optional = { namespace, name, subresource };
  return {
    verb,
    ...groupVersion,
    resource,
    ...withoutUndefined(optional),
    path,
    query,
    isResource: true,
    isWatch: verb === 'watch',
  };
}

function withoutUndefined<T extends object>(record: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  // The entries are those of the record, but for what is undefined.
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** Group, version and what follows; undefined for a path that is not about resources. */
function apiParts(segments: readonly string[]) {
  const [prefix, ...after] = segments;
  if (prefix === 'api' && after.length >= 2) {
    const [version = '', ...rest] = after;
    return { group: '', version, rest };
  }
  if (prefix === 'apis' && after.length >= 3) {
    const [group = '', version = '', ...rest] = after;
    return { group, version, rest };
  }
  return undefined;
}

interface ObjectPath {
  verb: string;
  namespace: string | undefined;
  resource: string;
  name: string | undefined;
  subresource: string | undefined;
}

function objectOf(parts: readonly string[], methodVerb: string): ObjectPath {
  const isSpecial = parts[0] === 'watch' || parts[0] === 'proxy';
  const [first, ...others] = isSpecial ? parts : [methodVerb, ...parts];
  if (others.length === 0) throw badRequest('the path names no resource');
  const verb = first ?? '';
  const namespace = others[0] === 'namespaces' ? others[1] : undefined;
  const [resource = '', name, subresource] = isWithinNamespace(others) ? others.slice(2) : others;
  return {
    verb,
    namespace,
    resource,
    name,
    subresource: verb === 'proxy' ? undefined : subresource,
  };
}

const isWithinNamespace = ([first, , third]: readonly string[]) =>
  first === 'namespaces' && third !== undefined && !namespaceSubresources.has(third);

function verbOf({ verb, name }: Omit<ObjectPath, 'resource'>, query: URLSearchParams): string {
  if (name !== undefined) return verb;
  if (verb === 'get') return isTrue(query.get('watch')) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}
