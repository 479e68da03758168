import { RuleStatus, ruleStatusName } from '../../src/api/capsule/rule-status.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { freshName } from './cluster.ts';
import { eventually } from './eventually.ts';
import { applyAll } from './install.ts';
import { hasSeen, probePolicies } from './policy-probe.ts';

/**
 * Waits until requests in a namespace are held against its RuleStatus as it is stored, once there is one:
 * what is written is looked up in a watch of the API server, which hears of it a moment later.
 */
export type RulesInForce = (namespace: string) => Promise<void>;

/** Leaves policies in the cluster that see what others see; in force with those that were written before. */
export async function rulesInForce(admin: KubeClient, isMutating = true): Promise<RulesInForce> {
  const probe = { name: freshName('rules-probe'), isMutating, readsRules: true };
  await applyAll(admin, probePolicies(probe));
  return async (namespace) => {
    await eventually(`the rules of ${namespace} are in force`, async () => {
      const { metadata } = await admin.get(RuleStatus.type, { namespace, name: ruleStatusName });
      return await hasSeen(admin, namespace, probe, metadata.resourceVersion);
    });
  };
}
