import { capsuleEventSource } from '../../api/capsule/event-source.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { defineController } from '../../runtime/controller.ts';
import { cleanup } from './cleanup.ts';
import { fieldManager } from './field-manager.ts';
import { reconcile } from './reconcile.ts';
import type { TenantDeps } from './work.ts';

/** Events come first; a Tenant is looked at without one only in case one was missed. */
const intervalMs = 10 * 60 * 60_000;
const timeoutMs = 5 * 60_000;

/** Makes the namespaces of a tenant what the Tenant says, and tells the API server who owns it. */
export const tenantController = defineController<TenantDeps>()({
  kind: Tenant,
  name: 'tenant-controller',
  eventSource: capsuleEventSource,
  fieldManager,
  finalizer: 'controller.projectcapsule.dev/finalize',
  isSuspended: () => false,
  intervalMs: () => intervalMs,
  timeoutMs: () => timeoutMs,
  reconcile,
  cleanup,
});
