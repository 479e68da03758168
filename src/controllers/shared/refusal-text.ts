import type { KubeApiError } from '../../kube/api-error.ts';

/**
 * Why the API server refused to write an object, in its own words; of a Secret the fields only,
 * because they may quote values.
 */
export function refusalText(error: KubeApiError, kind: string): string {
  // Whatever spoke there may be nobody's business.
  if (!error.isStatus) return `something answered ${error.code} that is no API server`;
  if (kind !== 'Secret') return error.message;
  const fields = error.causes.map(({ field }) => field).filter((field) => field !== undefined);
  const where = fields.length > 0 ? `: check ${fields.join(', ')}` : '';
  return `the API server refused it as ${error.reason}${where}`;
}
