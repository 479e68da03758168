import { capsuleEventSource } from '../../api/capsule/event-source.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import { Reason } from '../../api/reasons.ts';
import { isSelected } from '../../access/tenancy/owners.ts';
import { defineController } from '../../runtime/controller.ts';
import { done } from '../../runtime/outcome.ts';

/** A Tenant, as far as it says who owns it. */
export interface SelectingTenant {
  name: string;
  spec: Pick<TenantSpec, 'permissions'>;
}

export interface TenantOwnerDeps {
  tenants(): readonly SelectingTenant[];
}

/** Events come first; looked at without one only in case one was missed. */
const intervalMs = 10 * 60 * 60_000;
const timeoutMs = 60_000;

/** Says which Tenants a TenantOwner owns. */
export const tenantOwnerController = defineController<TenantOwnerDeps>()({
  kind: TenantOwner,
  name: 'tenant-owner-controller',
  eventSource: capsuleEventSource,
  fieldManager: 'projectcapsule.dev/tenant-owner',
  finalizer: 'owner.projectcapsule.dev/finalize',
  isSuspended: () => false,
  intervalMs: () => intervalMs,
  timeoutMs: () => timeoutMs,
  async reconcile({ metadata }, { tenants }, run) {
    const labels = metadata.labels ?? {};
    const owned = tenants().filter(({ name, spec }) =>
      isSelected({ labels }, { tenant: name, matchOwners: spec.permissions?.matchOwners ?? [] }),
    );
    run.record({ tenants: owned.map(({ name }) => name).sort() });
    return done({ reason: Reason.Succeeded, message: 'reconciled', requeueMs: null });
  },
});
