import type { NamespacedAccount } from '../../../api/capsule/replication.ts';
import type { Templates } from '../../../engines/templates/templates.ts';
import type { KubeClient, OwnClient } from '../../../kube/client.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Caches } from '../../../runtime/cache/read-cache.ts';
import type { Run } from '../../../runtime/run.ts';
import type { Memory, Memories } from './memory.ts';
import type { ReplicatedObjects } from './replicated-objects.ts';
import type { Replication, ReplicationStatus } from './replication.ts';

/** What all replications of a process share. */
export interface ReplicationDeps {
  /** The control plane's own, for what is its own business: roles. */
  client: KubeClient;
  /** The client that becomes accounts: the same, or one of another endpoint. */
  connect(signal: AbortSignal): Promise<OwnClient>;
  /** Managed objects: roles among them. */
  managed: Caches;
  /** Namespaces by the tenant that their label names. */
  namespaces: { of(tenant: string): KubeObject[] };
  namespace(name: string): KubeObject | undefined;
  /** Objects of the kinds that replicate, for what depends on them. */
  caches: Caches;
  templates: Templates;
  objects: ReplicatedObjects;
  memories: Memories;
  /** Only for tests of what RBAC refuses by itself: leaves out the check of scopes. */
  isScopeUnchecked?: boolean;
}

/** As whom a run reads and writes. */
export interface Actor {
  client: KubeClient;
  /** Undefined: the control plane itself. */
  account: NamespacedAccount | undefined;
}

/** One run's view of its replication. */
export interface Work {
  replication: Replication;
  actor: Actor;
  memory: Memory;
  deps: ReplicationDeps;
  run: Run<ReplicationStatus>;
}
