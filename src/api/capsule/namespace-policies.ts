import { z } from 'zod';

const names = (description: string) => z.array(z.string()).describe(description);

/** Values that may be used: these, and those that a pattern finds. */
export const AllowedValues = z.object({
  names: names('Values that are allowed.'),
  pattern: z
    .string()
    .describe('RE2 pattern that is found in values allowed as well.')
    .exactOptional(),
  choices: z.string().describe('What is allowed, as denials say it.'),
});
export type AllowedValues = z.infer<typeof AllowedValues>;

const ClassValues = AllowedValues.extend({
  default: z.string().describe('Class of objects that name none.').exactOptional(),
  replaced: names('Defaults of the cluster, which the default replaces.'),
});
export type ClassValues = z.infer<typeof ClassValues>;

const PriorityValues = AllowedValues.extend({
  default: z
    .object({
      name: z.string().describe('Name of the class.'),
      value: z.int().describe('Its priority; absent while it does not exist.').exactOptional(),
      preemptionPolicy: z.string().describe('Whether its Pods preempt others.').exactOptional(),
    })
    .describe('Class of Pods that name none.')
    .exactOptional(),
  replaced: names('Defaults of the cluster, which the default replaces.'),
});
export type PriorityValues = z.infer<typeof PriorityValues>;

const DeniedKeys = z.object({
  names: names('Keys that are denied.'),
  pattern: z.string().describe('RE2 pattern that is found in keys denied as well.').exactOptional(),
});
export type DeniedKeys = z.infer<typeof DeniedKeys>;

const RequiredKey = z.object({
  key: z.string().describe('Key that must be there.'),
  pattern: z.string().describe('RE2 pattern that must be found in its value.'),
});
export type RequiredKey = z.infer<typeof RequiredKey>;

const NamespaceMetadataPolicy = z.object({
  forbiddenLabels: DeniedKeys.describe('Labels that are denied.').exactOptional(),
  forbiddenAnnotations: DeniedKeys.describe('Annotations that are denied.').exactOptional(),
  requiredLabels: z.array(RequiredKey).describe('Labels that must be there.').exactOptional(),
  requiredAnnotations: z
    .array(RequiredKey)
    .describe('Annotations that must be there.')
    .exactOptional(),
  managedOnly: z.boolean().describe('There is managed metadata and no other.').exactOptional(),
  managedLabels: names('Labels that the Tenant puts on it.'),
  managedAnnotations: names('Annotations that the Tenant puts on it.'),
});
export type NamespaceMetadataPolicy = z.infer<typeof NamespaceMetadataPolicy>;

const Cordon = z.object({
  users: names('Users that may change nothing.'),
  groups: names('Groups whose members may change nothing.'),
  exempt: names('Groups whose members may.'),
});
export type Cordon = z.infer<typeof Cordon>;

/**
 * What the Tenant's options mean in one namespace: looked up by admission policies, so resolved
 * already. What is absent is not limited.
 */
export const NamespacePolicies = z
  .object({
    collisionScope: z
      .enum(['Cluster', 'Tenant', 'Namespace'])
      .describe('Where nobody else may serve the hosts and paths of an Ingress.')
      .exactOptional(),
    cordon: Cordon.describe('Who may change nothing, while it is cordoned.').exactOptional(),
    deviceClasses: AllowedValues.describe('DeviceClasses.').exactOptional(),
    gatewayClasses: ClassValues.describe('GatewayClasses.').exactOptional(),
    hostnames: AllowedValues.describe('Host names of Ingresses.').exactOptional(),
    ingressClasses: ClassValues.describe('IngressClasses.').exactOptional(),
    namespace: NamespaceMetadataPolicy.describe(
      'Labels and annotations of the namespace itself.',
    ).exactOptional(),
    priorityClasses: PriorityValues.describe('PriorityClasses.').exactOptional(),
    pullPolicies: names('Pull policies of containers.').exactOptional(),
    registries: AllowedValues.describe('Registries of images.').exactOptional(),
    runtimeClasses: ClassValues.describe('RuntimeClasses.').exactOptional(),
    services: z
      .object({
        deniedTypes: names('Types of Services that are denied.'),
        externalIPs: AllowedValues.omit({ pattern: true })
          .describe('Ranges that external addresses must be in.')
          .exactOptional(),
        forbiddenLabels: DeniedKeys.describe('Labels that are denied.').exactOptional(),
        forbiddenAnnotations: DeniedKeys.describe('Annotations that are denied.').exactOptional(),
      })
      .describe('Services.')
      .exactOptional(),
    storageClasses: ClassValues.describe('StorageClasses.').exactOptional(),
    volumes: names('PersistentVolumes of the tenant that claims may name.'),
    wildcardHostnames: z.boolean().describe('Host names may be wildcards.'),
  })
  .describe("What the Tenant's options mean here, resolved.");
export type NamespacePolicies = z.infer<typeof NamespacePolicies>;
