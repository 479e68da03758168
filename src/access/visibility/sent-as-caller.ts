import { capsuleGroup } from '../../api/capsule/group.ts';

/** A request, as far as it matters who it is sent on as: named as the API server's authorizer has it. */
export interface SentRequest {
  verb: string;
  group: string;
  /** Plural name. */
  resource: string;
  /** Absent for what is cluster-scoped. */
  namespace?: string | undefined;
}

const reading = ['get', 'list', 'watch'];

/**
 * Whether the tenant proxy sends a request on as its caller, whatever the caller may see: then the API
 * server's own answer to the caller is the proxy's. Everything in a namespace, and changes of namespaces
 * and tenants; a test holds this against what the proxy decides (`src/proxy/decide`).
 */
export function isSentAsCaller({ verb, group, resource, namespace }: SentRequest): boolean {
  const isNamespace = group === '' && resource === 'namespaces';
  const isTenant = group === capsuleGroup && resource === 'tenants';
  if (isNamespace || isTenant) return !reading.includes(verb);
  return namespace !== undefined;
}
