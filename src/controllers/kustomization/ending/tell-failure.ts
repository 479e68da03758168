import { Reason } from '../../../api/reasons.ts';
import { ReconcileError, retryable } from '../../../base/errors.ts';
import { redact } from '../../../base/redact.ts';
import { formatKey } from '../../../kube/object.ts';
import { accountExists } from '../actor.ts';
import { explainApiFailure, type Asked } from './api-failure.ts';
import { retryMs } from '../timing.ts';
import type { Work } from '../work.ts';

/**
 * A failed request of the tenant's as what its status will say. All are retried: RBAC, quota and
 * CRDs change without this object changing. Errors that are no answers of the API server stay as
 * they are.
 */
export async function tellFailure(
  error: unknown,
  asked: Pick<Asked, 'verb' | 'ref'>,
  work: Work,
  reason: string = Reason.ReconciliationFailed,
): Promise<unknown> {
  if (error instanceof ReconcileError || work.run.signal.aborted) return error;
  const { actor, deps, spec, run } = work;
  const failure = explainApiFailure(error, { ...asked, actor });
  if (!failure) return error;
  const message = redact(failure.message, formsOf(work.secrets));
  // The server's own words quote what was refused, and causes are logged.
  const quotesSecrets = asked.ref.kind === 'Secret' || work.secrets.size > 0;
  const cause = quotesSecrets ? undefined : error;
  if (failure.afterMs !== undefined) {
    const afterMs = Math.min(retryMs(spec), failure.afterMs);
    return retryable(reason, message, { cause, afterMs });
  }
  const isMissing =
    failure.class === 'forbidden' && !(await accountExists(actor, deps.client, run.signal));
  return retryable(reason, isMissing ? missingAccount(work) : message, { cause });
}

/** Values as they are, as substitution trims them, and as they look within quotes. */
function formsOf(secrets: ReadonlySet<string>): string[] {
  return [...secrets].flatMap((value) => [
    value,
    value.trim(),
    JSON.stringify(value.trim()).slice(1, -1),
  ]);
}

function missingAccount({ actor }: Work): string {
  const name = actor.account ? formatKey(actor.account) : actor.user;
  const remedy = actor.isDefault
    ? 'create it, or name another in spec.serviceAccountName'
    : 'create it, or correct spec.serviceAccountName';
  return `ServiceAccount '${name}' not found: ${remedy}`;
}
