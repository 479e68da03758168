import type { EngineSlots, Slot } from './engine-slots.ts';
import { createTenantTurns } from './tenant-turns.ts';

/** Who wants a slot. */
export interface SlotRequest {
  tenant: string;
  affinity?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Those who wait for a slot, in turns between tenants. */
export interface SlotQueue {
  /** Resolves when it is the tenant's turn. Rejects with the signal's reason. */
  enter(request: SlotRequest): Promise<Slot>;
  /** Gives a slot back to those who wait. */
  leave(slot: Slot, tenant: string): void;
  /** Gives free slots to those whose turn it is. */
  dispatch(): void;
}

interface Waiting {
  tenant: string;
  affinity: string | undefined;
  start: (slot: Slot) => void;
}

/** A queue before `slots`, of which one tenant occupies at most `perTenant`. */
export function createSlotQueue(slots: EngineSlots, perTenant: number): SlotQueue {
  const waiting = createTenantTurns<Waiting>();
  const running = new Map<string, number>();

  function dispatch(): void {
    while (slots.hasRoom()) {
      const next = waiting.next((tenant) => (running.get(tenant) ?? 0) < perTenant);
      if (!next) return;
      running.set(next.tenant, (running.get(next.tenant) ?? 0) + 1);
      next.start(slots.take(next.affinity));
    }
  }

  function enter({ tenant, affinity, signal }: SlotRequest): Promise<Slot> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        waiting.remove(entry);
        reject(signal?.reason as Error);
      };
      const entry: Waiting = {
        tenant,
        affinity,
        start(slot) {
          signal?.removeEventListener('abort', abort);
          resolve(slot);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      waiting.add(entry);
      dispatch();
    });
  }

  return {
    enter,
    leave(slot, tenant) {
      const left = (running.get(tenant) ?? 1) - 1;
      if (left > 0) running.set(tenant, left);
      else running.delete(tenant);
      slots.release(slot);
      dispatch();
    },
    dispatch,
  };
}
