import { KubeApiError } from './api-error.ts';

/** A field that server-side apply did not take because another manager has it. */
export interface FieldConflict {
  /** `.spec.replicas`, in the API server's notation. */
  field: string;
  /** Empty when the server does not say. */
  manager: string;
}

/** Why an apply without force was refused; empty for any other error. */
export function fieldConflictsOf(error: unknown): FieldConflict[] {
  if (!(error instanceof KubeApiError) || error.code !== 409) return [];
  return error.causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ field = '', message = '' }) => ({
      field,
      manager: /^conflict with "([^"]*)"/.exec(message)?.[1] ?? '',
    }));
}
