import type { EffectiveOwner, OwnerKind, Subject } from '../../api/capsule/owner.ts';
import { ownerKindOf } from '../../api/capsule/owner.ts';
import { selects, type LabelSelector } from '../../kube/label-selector.ts';

/** An owner as a spec names it; older manifests leave the kind out. */
export interface NamedOwner {
  kind?: OwnerKind | undefined;
  name: string;
  clusterRoles: readonly string[];
}

/** A TenantOwner, as far as it matters who owns what. */
export interface SelectableOwner extends NamedOwner {
  labels: Readonly<Record<string, string>>;
}

/** On a TenantOwner: names the tenant it always owns. */
export const ownerTenantLabel = 'projectcapsule.dev/tenant';

export interface OwnersRequest {
  tenant: string;
  owners: readonly NamedOwner[];
  /** `spec.permissions.matchOwners`: OR-ed. */
  matchOwners: readonly LabelSelector[];
  tenantOwners: readonly SelectableOwner[];
  /** Administrators own every tenant, with these roles. */
  administrators: readonly Subject[];
  administrationClusterRoles: readonly string[];
  /** ServiceAccounts of the tenant that were promoted, with these roles. */
  promoted: readonly string[];
  promotionClusterRoles: readonly string[];
}

/**
 * Everybody who owns a tenant, whichever way they are named: one entry each, roles merged, sorted
 * by kind and name. A TenantOwner without labels is selected by nobody.
 */
export function effectiveOwners(request: OwnersRequest): EffectiveOwner[] {
  const { administrators, administrationClusterRoles, promoted, promotionClusterRoles } = request;
  const all: NamedOwner[] = [
    ...request.owners,
    ...promoted.map((name) => ({
      kind: 'ServiceAccount' as const,
      name,
      clusterRoles: promotionClusterRoles,
    })),
    ...administrators.map((subject) => ({ ...subject, clusterRoles: administrationClusterRoles })),
    ...request.tenantOwners.filter((owner) => isSelected(owner, request)),
  ];
  return mergeOwners(all);
}

/** Whether a TenantOwner owns the tenant: its selectors, or the label that names it. */
export function isSelected(
  { labels }: Pick<SelectableOwner, 'labels'>,
  { tenant, matchOwners }: Pick<OwnersRequest, 'tenant' | 'matchOwners'>,
): boolean {
  if (Object.keys(labels).length === 0) return false;
  return [{ matchLabels: { [ownerTenantLabel]: tenant } }, ...matchOwners].some((selector) =>
    selects(selector, labels),
  );
}

function mergeOwners(owners: readonly NamedOwner[]): EffectiveOwner[] {
  const merged = new Map<string, { kind: OwnerKind; name: string; roles: Set<string> }>();
  for (const { kind: named, name, clusterRoles } of owners) {
    const kind = named ?? ownerKindOf(name);
    const id = JSON.stringify([kind, name]);
    const known = merged.get(id) ?? { kind, name, roles: new Set() };
    for (const role of clusterRoles) known.roles.add(role);
    merged.set(id, known);
  }
  return [...merged.values()]
    .map(({ kind, name, roles }) => ({ kind, name, clusterRoles: [...roles].sort() }))
    .sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
