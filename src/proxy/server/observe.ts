import type { ApiRequest } from '../request/api-request.ts';

/** Calls back when a request was answered. Must not throw. */
export type OnAnswered = (answered: { path: string; status: number; seconds: number }) => void;

/**
 * The path of a request without the names in it, as metrics count it. Those that were not served are
 * counted together: what clients make up must not become series.
 */
export function pathLabel(asked: ApiRequest | undefined, status: number): string {
  if (!asked || status >= 400 || !asked.isResource) return 'other';
  const { group, version, resource, namespace, subresource, name } = asked;
  const parts = group === '' ? ['api', version] : ['apis', group, version];
  if (namespace !== undefined && resource !== 'namespaces') parts.push('namespaces', '{namespace}');
  parts.push(resource);
  if (name !== undefined) parts.push('{name}');
  if (subresource !== undefined) parts.push(subresource);
  return `/${parts.join('/')}`;
}
