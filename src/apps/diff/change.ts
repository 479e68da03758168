import type { ObjectRef } from '../../api/kustomize/inventory.ts';

/** What applying would do to one object. */
export interface PlannedChange extends ObjectRef {
  action:
    | 'created'
    | 'configured'
    | 'recreated'
    | 'deleted'
    | 'unchanged'
    /** Left alone, because somebody asked for it or it is not ours. */
    | 'skipped'
    | 'failed';
  /** Why it fails or is left alone. */
  message?: string;
  /** Unified diff of YAML, without file names; values of Secrets are masked. */
  diff?: string;
}
