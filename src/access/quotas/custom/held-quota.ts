import type { CustomQuota } from '../../../api/capsule/custom-quota.ts';
import type { CompiledQuota } from './compile-quota.ts';

/** A custom quota of either kind, as requests are held against it. */
export interface HeldQuota {
  kind: 'CustomQuota' | 'GlobalCustomQuota';
  quota: Pick<CustomQuota, 'metadata' | 'spec' | 'status'>;
  compiled: CompiledQuota;
  /** Its ledger. */
  ledger: { namespace: string; name: string };
}

/** Objects are counted for what the quota says now; until then nobody can say what is left. */
export function isCounted({ quota: { metadata, status } }: HeldQuota): boolean {
  const { observedGeneration, conditions = [] } = status ?? {};
  const isReady = conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return isReady && observedGeneration === metadata.generation;
}

/** How a quota is called in messages; automation matches on it. */
export function titleOf({ kind, quota }: HeldQuota): string {
  return `${kind} ${JSON.stringify(quota.metadata.name)}`;
}
