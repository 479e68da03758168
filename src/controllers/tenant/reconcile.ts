import type { Tenant } from '../../api/capsule/tenant.ts';
import type { TenantStatus } from '../../api/capsule/tenant-status.ts';
import { Reason } from '../../api/reasons.ts';
import { retryable, stalled } from '../../base/errors.ts';
import { ruleProblems } from '../../access/rules/validate/rule-problems.ts';
import { done, type Outcome } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';
import { grant, ownersOf, promotionsOf } from './owners.ts';
import { leaveNamespaces } from './leave-namespaces.ts';
import { reconcileNamespaces, type Reached } from './reconcile-namespaces.ts';
import { keepRuleQuotas } from './quotas/rule-quotas.ts';
import { tellCustomResources } from './quotas/tell-custom-resources.ts';
import { shareQuotas } from './quotas/share-quotas.ts';
import { recordTenant } from './tell-status.ts';
import { workFor, type TenantDeps, type Work } from './work.ts';

/** Failures that one message tells. */
const maxTold = 5;

/**
 * One look at a Tenant: who owns it, what the API server is to allow them, and what each of its
 * namespaces gets. Cheap when nothing differs: then it makes no request at all. A namespace that
 * fails keeps no other from what it gets.
 */
export async function reconcile(
  tenant: Tenant,
  deps: TenantDeps,
  run: Run<TenantStatus>,
): Promise<Outcome> {
  const problems = ruleProblems(tenant.spec.rules);
  if (problems.length > 0) throw stalled(Reason.InvalidSpec, problems.slice(0, maxTold).join('; '));
  const plain = workFor(tenant, deps, run);
  const { byNamespace, againMs, customResources } = shareQuotas(plain);
  const work: Work = { ...plain, quotas: byNamespace };
  const owners = ownersOf(work);
  const promotions = promotionsOf(work);
  await grant(owners, work);
  await keepRuleQuotas(work);
  await tellCustomResources(customResources, work);
  const reached = await reconcileNamespaces({ owners, promotions }, work);
  await leaveNamespaces(work);
  recordTenant({ owners, promotions, reached }, work);
  const failed = reached.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0) throw retryable(Reason.Failed, messageFor(failed));
  return done({ reason: Reason.Succeeded, message: 'reconciled', requeueMs: againMs });
}

function messageFor(failed: readonly Reached[]): string {
  const told = failed
    .slice(0, maxTold)
    .map(({ namespace, failure }) => `namespace '${namespace.metadata.name}': ${failure}`);
  const more = failed.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
