import type { CapsuleConfiguration } from '../api/capsule/capsule-configuration.ts';
import type { Clock } from '../base/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Caches } from '../runtime/cache/read-cache.ts';

/** What hooks decide by; one for the process. */
export interface AdmissionContext {
  /** The control plane's own: for what no cache holds. */
  client: KubeClient;
  /** Whole collections, as the watches know them. */
  caches: Caches;
  clock: Clock;
  /** The CapsuleConfiguration that counts; its defaults while there is none that can be read. */
  configuration(): CapsuleConfiguration;
}
