import type { ObjectMeta } from '../../kube/object.ts';

/**
 * How long a namespace that is being deleted keeps accounts for what deploys by them. Then they go,
 * and what has not ended by itself is left to find out that its account is gone.
 */
export const holdMs = 5 * 60_000;

export interface HoldRequest {
  metadata: Pick<ObjectMeta, 'deletionTimestamp'>;
  /** Something in the namespace deploys, and has something to take away. */
  hasDeployers: boolean;
  /** Empty: the namespace is of no tenant. */
  tenant: string;
  now: number;
}

/** Whether accounts of a namespace are to be kept, and when to look again. */
export interface Hold {
  isHeld: boolean;
  againMs?: number;
}

/** Decides about one namespace. */
export function decideHold({ metadata, hasDeployers, tenant, now }: HoldRequest): Hold {
  if (tenant === '' || !hasDeployers) return { isHeld: false };
  if (metadata.deletionTimestamp === undefined) return { isHeld: true };
  const leftMs = Date.parse(metadata.deletionTimestamp) + holdMs - now;
  return leftMs > 0 ? { isHeld: true, againMs: leftMs } : { isHeld: false };
}
