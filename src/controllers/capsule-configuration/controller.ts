import { capsuleEventSource } from '../../api/capsule/event-source.ts';
import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { defineController } from '../../runtime/controller.ts';
import type { ConfigurationDeps } from './reconcile.ts';
import { reconcile } from './reconcile.ts';

/** Events come first; looked at without one only in case one was missed. */
const intervalMs = 60 * 60_000;
const timeoutMs = 60_000;

/** Keeps the roles and the admission policies that hold in the whole cluster. */
export const capsuleConfigurationController = defineController<ConfigurationDeps>()({
  kind: CapsuleConfiguration,
  name: 'capsule-configuration-controller',
  eventSource: capsuleEventSource,
  fieldManager: 'projectcapsule.dev/configuration',
  finalizer: 'configuration.projectcapsule.dev/finalize',
  isSuspended: () => false,
  intervalMs: () => intervalMs,
  timeoutMs: () => timeoutMs,
  reconcile,
});
