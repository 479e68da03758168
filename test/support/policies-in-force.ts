import type { KubeClient } from '../../src/kube/client.ts';
import { freshName } from './cluster.ts';
import { eventually } from './eventually.ts';
import { applyAll, deleteAll } from './install.ts';
import { hasSeen, probePolicies } from './policy-probe.ts';

/**
 * Waits until the API server holds requests against every policy that was written before. It takes new
 * ones up once a second, and later when it is busy; a policy says nowhere that it has been. So
 * probes are written after them, and when these are seen to work, so do the others.
 */
export async function policiesInForce(admin: KubeClient, isMutating = true): Promise<void> {
  const probe = { name: freshName('probe'), isMutating, readsRules: false };
  const policies = probePolicies(probe);
  await applyAll(admin, policies);
  await eventually('the policies are in force', () => hasSeen(admin, 'default', probe));
  await deleteAll(admin, policies);
}
