import { z } from 'zod';
import { int32 } from '../fields.ts';
import { AllowedNames, DefaultAllowedClasses } from './allowed.ts';
import {
  AdditionalMetadata,
  ForbiddenKeys,
  RequiredMetadata,
  SelectedMetadata,
} from './metadata.ts';

/** What holds of the namespaces of a tenant. */
export const NamespaceOptions = z.object({
  additionalMetadata: AdditionalMetadata.describe(
    'Metadata of every namespace; `{{ tenant.name }}` and `{{ namespace }}` are filled in.',
  ).exactOptional(),
  additionalMetadataList: z
    .array(SelectedMetadata)
    .describe('Metadata of selected namespaces.')
    .exactOptional(),
  forbiddenAnnotations: ForbiddenKeys.describe(
    'Annotations that owners may not set on namespaces.',
  ).exactOptional(),
  forbiddenLabels: ForbiddenKeys.describe(
    'Labels that owners may not set on namespaces.',
  ).exactOptional(),
  managedMetadataOnly: z
    .boolean()
    .describe('Namespaces carry the managed metadata and no other.')
    .default(false),
  quota: int32.min(1).describe('How many namespaces the tenant may have.').exactOptional(),
  requiredMetadata: RequiredMetadata.describe(
    'Metadata that namespaces must have.',
  ).exactOptional(),
});

/** What Ingresses of a tenant may be. */
export const IngressOptions = z.object({
  allowWildcardHostnames: z.boolean().describe('Host names may be wildcards.').exactOptional(),
  allowedClasses: DefaultAllowedClasses.describe(
    'Ingress classes that may be used.',
  ).exactOptional(),
  allowedHostnames: AllowedNames.describe('Host names that may be used.').exactOptional(),
  hostnameCollisionScope: z
    .enum(['Cluster', 'Tenant', 'Namespace', 'Disabled'])
    .describe('Where no two Ingresses may have the same host and path.')
    .default('Disabled'),
});

const ipOrCidr = /^([0-9]{1,3}.){3}[0-9]{1,3}(\/([0-9]|[1-2][0-9]|3[0-2]))?$/;

/** What Services of a tenant may be. */
export const ServiceOptions = z.object({
  additionalMetadata: AdditionalMetadata.describe('Metadata of every Service.').exactOptional(),
  allowedServices: z
    .object({
      externalName: z.boolean().describe('ExternalName is allowed.').default(true),
      loadBalancer: z.boolean().describe('LoadBalancer is allowed.').default(true),
      nodePort: z.boolean().describe('NodePort is allowed.').default(true),
    })
    .describe('Types of Services that are allowed.')
    .exactOptional(),
  externalIPs: z
    .object({
      allowed: z.array(z.string().regex(ipOrCidr)).describe('Addresses and ranges; none if empty.'),
    })
    .describe('External addresses that may be used.')
    .exactOptional(),
  forbiddenAnnotations: ForbiddenKeys.describe(
    'Annotations that may not be set on Services.',
  ).exactOptional(),
  forbiddenLabels: ForbiddenKeys.describe(
    'Labels that may not be set on Services.',
  ).exactOptional(),
});
