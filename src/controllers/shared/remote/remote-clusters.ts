import type { Clock } from '../../../base/clock.ts';
import type { OwnClient } from '../../../kube/client.ts';
import type { ClosableClient } from '../../../kube/connect.ts';
import type { ClusterAccess } from './cluster-access.ts';

/** A cluster while somebody uses it; to be disposed of. */
export interface BorrowedCluster extends Disposable {
  /** Acts as whoever the kubeconfig says, or as whom that user may impersonate. */
  client: OwnClient;
}

/** Connections to remote clusters, shared by all who go the same way from the same namespace. */
export interface RemoteClusters extends AsyncDisposable {
  borrow(access: Pick<ClusterAccess, 'id' | 'config'>): BorrowedCluster;
  /** Clusters with connections, used or not. */
  readonly size: number;
}

export interface RemoteClustersOptions {
  connect(config: ClusterAccess['config']): ClosableClient;
  clock: Clock;
  /** Clusters nobody uses at the moment that stay connected. */
  maxIdle?: number;
  /** How long they stay. */
  idleMs?: number;
}

interface Entry {
  client: ClosableClient;
  users: number;
  cancelClose: () => void;
}

/** Keeps what was used last, for a while, and closes what was used longest ago beyond `maxIdle`. */
export function createRemoteClusters(options: RemoteClustersOptions): RemoteClusters {
  const { connect, clock, maxIdle = 64, idleMs = 15 * 60_000 } = options;
  const entries = new Map<string, Entry>();
  // In the order in which they became idle.
  const idle = new Map<string, Entry>();

  const close = (id: string, { client, cancelClose }: Entry) => {
    cancelClose();
    idle.delete(id);
    entries.delete(id);
    return client.close();
  };
  const giveBack = (id: string, entry: Entry) => {
    if (--entry.users > 0 || !entries.has(id)) return;
    idle.set(id, entry);
    entry.cancelClose = clock.after(idleMs, () => void close(id, entry));
    for (const [oldest, unused] of idle) {
      if (idle.size <= maxIdle) break;
      void close(oldest, unused);
    }
  };

  return {
    borrow({ id, config }) {
      const entry = entries.get(id) ?? { client: connect(config), users: 0, cancelClose() {} };
      entries.set(id, entry);
      entry.cancelClose();
      idle.delete(id);
      entry.users++;
      let isMine = true;
      return {
        client: entry.client,
        [Symbol.dispose]() {
          if (isMine) giveBack(id, entry);
          isMine = false;
        },
      };
    },
    get size() {
      return entries.size;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...entries].map(([id, entry]) => close(id, entry)));
    },
  };
}
