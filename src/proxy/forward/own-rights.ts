import { proxyKindOf } from '../decide/proxied-kinds.ts';
import { badRequest } from '../refusal.ts';
import type { Exchange } from './upstream.ts';

const reads = new Set(['get', 'list', 'watch']);
/** The method by which each of these is said. */
const writes: Readonly<Record<string, string>> = {
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
};

/**
 * The proxy's own rights read lists and objects; those that it lends to a caller change one class, node
 * or volume, which a Tenant can grant. They do nothing else, whatever was decided. Throws a Refusal.
 */
export function assertOwnRights(
  { request: { method = '' }, asked }: Pick<Exchange, 'request' | 'asked'>,
  as: 'granted' | 'proxy',
) {
  const { isResource, subresource, verb, group, resource, namespace, name } = asked;
  const isRead = (method === 'GET' || method === 'HEAD') && reads.has(verb);
  const isOne = name !== undefined && namespace === undefined;
  const isWrite = isOne && proxyKindOf(group, resource) !== undefined && writes[verb] === method;
  const isDone = isResource && subresource === undefined && (as === 'proxy' ? isRead : isWrite);
  if (!isDone) throw badRequest('the proxy itself does not do this');
}
