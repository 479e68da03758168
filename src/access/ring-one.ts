import type { KubeObject } from '../kube/object.ts';
import { cordonPolicies } from './cordon/policies.ts';
import { devicePolicies } from './devices/policies.ts';
import { gatewayPolicies } from './gateways/policies.ts';
import { ingressPolicies } from './ingresses/policies.ts';
import type { NamespaceSettings } from './namespaces/facts.ts';
import { namespaceMetadataPolicies } from './namespaces/metadata-policies.ts';
import { namespacePolicies } from './namespaces/policies.ts';
import { identityPolicies } from './identities/policies.ts';
import { compilePolicies } from './policy/compile.ts';
import type { Policy } from './policy/policy.ts';
import { nodePolicies } from './nodes/policies.ts';
import type { NodeSettings } from './nodes/rules.ts';
import { managedPolicies } from './objects/managed.ts';
import { metadataPolicies, statusMetadataPolicies } from './objects/metadata.ts';
import { podPolicies } from './pods/policies.ts';
import { promotionPolicies } from './promotion/policies.ts';
import { customQuotaPolicies } from './quotas/custom/custom-quota-policies.ts';
import { globalQuotaPolicies } from './quotas/global-quota-policies.ts';
import { poolPolicies } from './quotas/pool-policies.ts';
import { proxySettingPolicies } from './visibility/policies.ts';
import { audienceClasses } from './rules/audience-classes.ts';
import { rulePolicies } from './rules/policies.ts';
import { addressPolicies } from './services/address-policies.ts';
import { servicePolicies } from './services/policies.ts';
import { tenantPolicies } from './tenants/policies.ts';
import { reconcilerPolicies } from './reconcilers/policies.ts';
import { replicationPolicies } from './replications/policies.ts';
import { terminatingPolicies } from './terminating/policies.ts';
import { claimPolicies } from './volume-claims/policies.ts';

const topics: ((configuration: string, settings: RingSettings) => Policy[])[] = [
  tenantPolicies,
  metadataPolicies,
  statusMetadataPolicies,
  managedPolicies,
  cordonPolicies,
  podPolicies,
  claimPolicies,
  servicePolicies,
  addressPolicies,
  ingressPolicies,
  gatewayPolicies,
  devicePolicies,
  promotionPolicies,
  reconcilerPolicies,
  poolPolicies,
  replicationPolicies,
  identityPolicies,
  (configuration, settings) => rulePolicies(configuration, audienceClasses(settings)),
  globalQuotaPolicies,
  customQuotaPolicies,
  proxySettingPolicies,
];

/** What the first ring is made for: the configuration that counts, as far as it knows it. */
export type RingSettings = NamespaceSettings & NodeSettings;

/**
 * The first ring: every admission policy that the API server itself evaluates, with its binding. It
 * holds with no process of ours running. `settings` are what the CapsuleConfiguration that counts says.
 */
export function ringOne(settings: RingSettings): KubeObject[] {
  const inNamespaces = topics.flatMap((policiesOf) => policiesOf(settings.configuration, settings));
  return compilePolicies([
    ...namespacePolicies(settings),
    ...namespaceMetadataPolicies(settings),
    ...nodePolicies(settings),
    ...inNamespaces,
    ...terminatingPolicies(inNamespaces, settings),
  ]);
}
