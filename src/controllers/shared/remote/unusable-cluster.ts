import { Reason } from '../../../api/reasons.ts';
import { ReconcileError, type FailureOptions } from '../../../base/errors.ts';

/**
 * `spec.kubeConfig` leads nowhere as things are: what it names is missing, malformed or refused.
 * Retryable, because that changes without the spec; nobody can reach what was applied meanwhile.
 */
export class UnusableClusterError extends ReconcileError {
  constructor(message: string, options?: FailureOptions) {
    super('retryable', Reason.ReconciliationFailed, message, options);
    this.name = 'UnusableClusterError';
  }
}
