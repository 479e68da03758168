import { isConflict, isInvalid } from '../../../kube/api-error.ts';

/** A webhook may deny with any code; what it says is for people. */
const deniedByWebhook = /^admission webhook "/;

/**
 * True when the API server refused a write because somebody else created, deleted or changed the object
 * since we looked: to look again may help. Other answers with the same code are refusals.
 */
export function isCollision(error: unknown): boolean {
  if (isInvalid(error)) return error.causes.some(({ field }) => field === 'metadata.uid');
  if (!isConflict(error) || deniedByWebhook.test(error.message)) return false;
  return error.reason === 'Conflict' || error.reason === 'AlreadyExists';
}
