import { Reason } from '../../../api/reasons.ts';
import { ReconcileError, retryable } from '../../../base/errors.ts';
import { redact } from '../../../base/redact.ts';
import { refId } from '../../../api/kustomize/inventory.ts';
import { isNotServed } from '../../../kube/api-error.ts';
import { formatKey } from '../../../kube/object.ts';
import { accountExists, type Actor } from '../actor.ts';
import { explainApiFailure, type ApiFailure, type Asked } from './api-failure.ts';
import { retryMs } from '../timing.ts';
import type { Preparation, Work } from '../work.ts';

/**
 * A failed request to the cluster that is applied to, as what the status will say. All are retried:
 * RBAC, quota and CRDs change without this object changing. Errors that are no answers of the API
 * server stay as they are.
 */
export function tellFailure(
  error: unknown,
  asked: Pick<Asked, 'verb' | 'ref'>,
  work: Work,
): Promise<unknown> {
  const { target } = work;
  const { cluster, name } = target;
  // What is known of the kind is old.
  if (isNotServed(error)) target.client.discovery.invalidate();
  const remote = cluster === undefined ? {} : { remote: name };
  return tell(error, { ...asked, ...remote, actor: target }, work, Reason.ReconciliationFailed);
}

/** As {@link tellFailure}, of what the spec refers to in the Kustomization's own namespace. */
export function tellReadFailure(
  error: unknown,
  ref: Asked['ref'],
  work: Preparation,
  reason: string = Reason.ReconciliationFailed,
): Promise<unknown> {
  return tell(error, { verb: 'get', ref, actor: work.actor }, work, reason);
}

async function tell(
  error: unknown,
  asked: Asked & { actor: Actor },
  work: Preparation,
  reason: string,
): Promise<unknown> {
  if (error instanceof ReconcileError || work.run.signal.aborted) return error;
  const { deps, spec, run } = work;
  const failure = explainApiFailure(error, asked);
  if (!failure) return error;
  const where = asked.remote && !failure.isOfCluster ? `${asked.remote}: ` : '';
  const message = redact(`${where}${failure.message}`, formsOf(work.secrets));
  // The server's own words quote what was refused, and causes are logged.
  const quotesSecrets = asked.ref.kind === 'Secret' || work.secrets.size > 0;
  const cause = quotesSecrets ? undefined : error;
  const soonestMs = soonerMs(failure, asked, work);
  if (soonestMs !== undefined) {
    const afterMs = Math.min(retryMs(spec), soonestMs);
    return retryable(reason, message, { cause, afterMs });
  }
  const isMissing =
    failure.class === 'forbidden' &&
    asked.remote === undefined &&
    !(await accountExists(asked.actor, deps.client, run.signal));
  return retryable(reason, isMissing ? missingAccount(asked.actor) : message, { cause });
}

const newForMs = 60_000;
const soonMs = 1_000;

/**
 * When to try again, if sooner than at the next retry. In a namespace that this Kustomization has just
 * made, the roles of its account may be on their way: tenancy binds them once it has seen the namespace.
 * What was deleted to be made anew is missing, and quotas count it for a moment longer.
 */
function soonerMs(
  failure: ApiFailure,
  { ref }: Asked,
  { memory, run }: Preparation,
): number | undefined {
  const madeAt = memory.madeNamespaces.get(ref.namespace);
  const isRecent = (at: number | undefined) => at !== undefined && run.clock.now() - at < newForMs;
  if (isRecent(memory.replacedAt.get(refId(ref)))) return soonMs;
  const isNew = isRecent(madeAt);
  return failure.class === 'forbidden' && isNew ? soonMs : failure.afterMs;
}

/** Values as they are, as substitution trims them, and as they look within quotes. */
export function formsOf(secrets: ReadonlySet<string>): string[] {
  return [...secrets].flatMap((value) => [
    value,
    value.trim(),
    JSON.stringify(value.trim()).slice(1, -1),
  ]);
}

function missingAccount({ account, user, isDefault }: Actor): string {
  const name = account ? formatKey(account) : user;
  const remedy = isDefault
    ? 'create it, or name another in spec.serviceAccountName'
    : 'create it, or correct spec.serviceAccountName';
  return `ServiceAccount '${name}' not found: ${remedy}`;
}
