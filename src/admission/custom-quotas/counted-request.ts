import { clampQuantity } from '../../access/quotas/custom/custom-ledger.ts';
import {
  countObject,
  isOfKind,
  maxSteps,
  UncountableError,
} from '../../access/quotas/custom/count-object.ts';
import { titleOf, type HeldQuota } from '../../access/quotas/custom/held-quota.ts';
import type { QuotaExpressions } from '../../access/quotas/custom/quota-expression.ts';
import type { StepBudget } from '../../kube/json-path/evaluate-json-path.ts';
import type { KubeObject } from '../../kube/object.ts';
import { subtractQuantities, zeroQuantity, type Quantity } from '../../kube/quantity.ts';
import type { AdmissionRequest } from '../request.ts';
import { deny, type Denial } from '../verdict.ts';

/** What a request changes about a quota. */
export interface Addition {
  held: HeldQuota;
  /** What the object will be counted for. */
  usage: Quantity;
  /** What there will be more than before; of less than before nothing. */
  delta: Quantity;
}

/** What a request changes about each of the quotas; those it does not concern are left out. */
export async function additionsTo(
  quotas: readonly HeldQuota[],
  request: AdmissionRequest,
  expressions: QuotaExpressions,
): Promise<Addition[] | Denial> {
  const additions: Addition[] = [];
  // However many quotas somebody writes: others wait for their answers too.
  const counting = { request, expressions, budget: { left: 4 * maxSteps } };
  for (const held of quotas) {
    if (!held.compiled.sources.some((source) => isOfKind(source, request.kind))) continue;
    const after = await count(held, request.object, counting);
    const before = await count(held, request.oldObject, counting);
    // What could not be counted before makes nothing worse.
    if (after instanceof UncountableError && before instanceof UncountableError) continue;
    if (after instanceof UncountableError)
      return deny(
        'CustomQuotaUncountable',
        `${verbOf(request)} ${request.kind.kind} cannot be counted by ${titleOf(held)}: ${after.message}`,
      );
    const was = before instanceof UncountableError ? undefined : before;
    const more = subtractQuantities(after ?? zeroQuantity, was ?? zeroQuantity);
    if (more.nano === 0n && (after === undefined) === (was === undefined)) continue;
    additions.push({
      held,
      usage: clampQuantity(after ?? zeroQuantity),
      delta: clampQuantity(more),
    });
  }
  return additions;
}

/** The gerund of what is done, as denials have it. */
export function verbOf({ operation }: Pick<AdmissionRequest, 'operation'>): string {
  return operation === 'CREATE' ? 'creating' : 'updating';
}

interface Counting {
  request: AdmissionRequest;
  expressions: QuotaExpressions;
  budget: StepBudget;
}

async function count(
  { compiled, quota }: HeldQuota,
  object: KubeObject | undefined,
  { request, expressions, budget }: Counting,
): Promise<Quantity | undefined | UncountableError> {
  if (!object) return undefined;
  const who = { tenant: quota.metadata.namespace ?? request.namespace ?? '' };
  try {
    return await countObject(compiled, { kind: request.kind, object, budget }, (asked) =>
      expressions.evaluate(asked, object, who),
    );
  } catch (error) {
    if (error instanceof UncountableError) return error;
    throw error;
  }
}
