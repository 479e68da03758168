import { formatTable, plain } from '../table.ts';
import type { TenantDescription, UseOfQuota } from './description.ts';

/** A tenant for people: what it is, its owners, namespaces and quotas. */
export function formatDescription(description: TenantDescription): string {
  const { owners, namespaces, quotas, unread } = description;
  const parts = [formatTable(undefined, factsOf(description))];
  if (owners.length > 0) {
    const rows = owners.map(({ kind, name, clusterRoles }) => [
      `${kind} ${name}`,
      clusterRoles.join(', '),
    ]);
    parts.push(formatTable(['OWNER', 'ROLES IN ITS NAMESPACES'], rows));
  }
  if (namespaces.length > 0) {
    const rows = namespaces.map(({ name, ready, message }) => [name, ready, message]);
    parts.push(formatTable(['NAMESPACE', 'READY', 'MESSAGE'], rows));
  }
  if (quotas.length > 0) {
    parts.push(formatTable(['QUOTA', 'OF', 'RESOURCE', 'USED', 'LIMIT'], quotas.map(quotaRow)));
  }
  if (unread.length > 0) {
    parts.push(`Quotas that you may not read: in ${unread.map(plain).join(', ')}`);
  }
  return parts.join('\n\n');
}

function factsOf({ tenant, state, ready, message, ...rest }: TenantDescription): string[][] {
  const { namespaces, namespaceQuota } = rest;
  const limit = namespaceQuota === undefined ? '' : ` of ${namespaceQuota}`;
  return [
    ['Tenant:', tenant],
    ['State:', state],
    ['Ready:', `${ready}, ${message}`],
    ['Namespaces:', `${namespaces.length}${limit}`],
  ];
}

function quotaRow({ quota, namespace, resource, used, limit, isShare }: UseOfQuota): string[] {
  const of = namespace ?? 'the tenant';
  return [quota, of, resource, used, isShare ? `${limit} now, of a shared limit` : limit];
}
