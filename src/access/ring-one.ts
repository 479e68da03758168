import type { KubeObject } from '../kube/object.ts';
import { namespacePolicies } from './namespaces/policies.ts';
import { managedPolicies } from './objects/managed.ts';
import { metadataPolicies } from './objects/metadata.ts';
import { poolPolicies } from './quotas/pool-policies.ts';
import { tenantPolicies } from './tenants/policies.ts';

/**
 * The first ring: every admission policy that the API server itself evaluates, with its binding. It
 * holds with no process of ours running. `configuration` names the CapsuleConfiguration that counts.
 */
export function ringOne(configuration: string): KubeObject[] {
  return [
    namespacePolicies,
    tenantPolicies,
    metadataPolicies,
    managedPolicies,
    poolPolicies,
  ].flatMap((policiesOf) => policiesOf(configuration));
}
