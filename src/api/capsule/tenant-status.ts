import { z } from 'zod';
import { Condition, reconcileStatus } from '../meta.ts';
import { AdditionalMetadata } from './metadata.ts';
import { EffectiveOwner } from './owner.ts';
import { RegistryMatch } from './rules/match.ts';

const names = (description: string) => z.array(z.string()).describe(description).exactOptional();
const conditions = z.array(Condition);

const Space = z.object({
  conditions: conditions.describe('Ready, Cordoned and Terminating.'),
  enforce: z
    .object({
      registry: z.array(RegistryMatch).describe('Images that are allowed.').exactOptional(),
    })
    .describe('What is enforced in it.')
    .exactOptional(),
  metadata: AdditionalMetadata.describe('Metadata that is managed on it.').exactOptional(),
  name: z.string().describe('Name of the namespace.'),
  uid: z.string().describe('UID of the namespace.').exactOptional(),
});

/** Tenant.status. */
export const TenantStatus = z
  .object({
    ...reconcileStatus,
    classes: z
      .object({
        device: names('DeviceClasses.'),
        gateway: names('GatewayClasses.'),
        priority: names('PriorityClasses.'),
        runtime: names('RuntimeClasses.'),
        storage: names('StorageClasses.'),
      })
      .describe('Existing classes that the tenant may use.')
      .exactOptional(),
    conditions: conditions.describe('Ready and Cordoned.'),
    namespaces: names('The namespaces, sorted.'),
    owners: z
      .array(EffectiveOwner)
      .describe('Everybody who owns the tenant, from wherever they are named.')
      .exactOptional(),
    promotions: z
      .array(EffectiveOwner.extend({ targets: names('Namespaces they are promoted in.') }))
      .describe('ServiceAccounts that rules promote.')
      .exactOptional(),
    reservations: z
      .array(
        z.object({
          name: z.string().describe('Name of the namespace.'),
          until: z.string().describe('When it counts no more, unless it exists by then.'),
        }),
      )
      .describe('Namespaces that are being created, counted by the quota.')
      .exactOptional(),
    size: z.int().describe('How many namespaces there are.'),
    spaces: z.array(Space).describe('The namespaces in detail.').exactOptional(),
    state: z
      .enum(['Cordoned', 'Active', 'Terminating'])
      .describe('Whether the tenant may be worked in.')
      .default('Active'),
  })
  .describe('What was last observed and done.');
export type TenantStatus = z.output<typeof TenantStatus>;
