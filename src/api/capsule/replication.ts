import { z } from 'zod';
import { timestamp } from '../fields.ts';
import { LabelSelector } from '../label-selector.ts';
import { reconcileStatus } from '../meta.ts';
import { AdditionalMetadata } from './metadata.ts';
import { namespaceName, objectName } from './names.ts';

const text = (description: string) => z.string().describe(description).exactOptional();
const flag = (description: string) => z.boolean().describe(description).default(false);

const resourceReference = {
  apiVersion: text('API version of the objects.'),
  kind: z.string().min(1).describe('Kind of the objects.'),
  name: z
    .string()
    .min(1)
    .max(253)
    .describe('Name of the one object; `{{tenant.name}}` and `{{namespace}}` are filled in.')
    .exactOptional(),
  namespace: text('Namespace of the objects; tokens are filled in as in `name`.'),
  optional: z.boolean().describe('The object that `name` names need not exist.').default(true),
  selector: LabelSelector.describe('Objects without a `name`: those it selects.').exactOptional(),
};

/** Objects that exist, by name or by labels. */
export const ResourceReference = z.object(resourceReference);
export type ResourceReference = z.output<typeof ResourceReference>;

const ContextEntry = z.object({
  ...resourceReference,
  index: text('Name by which generators find the list; its position if absent.'),
});
export type ContextEntry = z.output<typeof ContextEntry>;

const Generator = z.object({
  missingKey: z
    .enum(['invalid', 'zero', 'error'])
    .describe('What a name that is not there stands for.')
    .default('zero'),
  template: text('A Go template that gives any number of manifests.'),
});
export type Generator = z.output<typeof Generator>;

/** One group of what is replicated, and where to. */
export const ReplicatedResources = z.object({
  additionalMetadata: AdditionalMetadata.describe(
    'Put on every object; tokens are filled in.',
  ).exactOptional(),
  context: z
    .object({
      resources: z.array(ContextEntry).describe('Lists of existing objects.').exactOptional(),
    })
    .describe('What generators see besides `tenant` and `namespace`.')
    .exactOptional(),
  generators: z.array(Generator).describe('Templates of manifests.').exactOptional(),
  namespaceSelector: LabelSelector.describe(
    'Namespaces of the tenant to replicate to; all of them if absent.',
  ).exactOptional(),
  namespacedItems: z.array(ResourceReference).describe('Existing objects to copy.').exactOptional(),
  rawItems: z
    .array(z.looseObject({}).meta({ 'x-kubernetes-preserve-unknown-fields': true }))
    .describe('Manifests; tokens are filled in.')
    .exactOptional(),
});
export type ReplicatedResources = z.output<typeof ReplicatedResources>;

/** Fields of the spec that both kinds have. */
export const replicationFields = {
  cordoned: flag('Nothing is applied or deleted.'),
  dependsOn: z
    .array(z.object({ name: objectName.describe('Name of the other object.') }))
    .describe('Objects of the kind, in the same namespace if it has one, that must be ready first.')
    .exactOptional(),
  pruningOnDelete: z
    .boolean()
    .describe('What was replicated is deleted with it, and when it is no longer asked for.')
    .default(true),
  resources: z.array(ReplicatedResources).describe('What is replicated, and where to.'),
  resyncPeriod: z
    .string()
    .describe('How often what no watch tells of is looked at.')
    .default('60s'),
  settings: z
    .object({
      adopt: flag('Objects that exist already are taken on; they are never deleted.'),
      force: flag('Fields that others set are taken over.'),
    })
    .describe('How objects are applied.')
    .prefault({}),
};

const itemStatus = {
  clusterScoped: z.boolean().describe('It has no namespace.').exactOptional(),
  created: z.boolean().describe('It did not exist before, and is deleted again.').exactOptional(),
  lastApply: timestamp.describe('When it was last written.').exactOptional(),
  message: z.string().max(32768).describe('Why it is not as it should be.').exactOptional(),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is as it should be.'),
  type: z
    .string()
    .max(316, { abort: true })
    .regex(
      /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/,
    )
    .describe('Ready.'),
  uid: text('UID of the object that was written; no other is deleted.'),
};

/** One object that was replicated. */
export const ProcessedItem = z.object({
  group: text('API group.'),
  kind: text('Kind.'),
  name: text('Name.'),
  namespace: text('Namespace.'),
  origin: text('Which part of the spec it comes from.'),
  status: z.object(itemStatus).describe('How it is.').exactOptional(),
  tenant: text('Tenant it is replicated for.'),
  version: text('API version.'),
});
export type ProcessedItem = z.output<typeof ProcessedItem>;

/** A ServiceAccount with its namespace. */
export const NamespacedAccount = z.object({
  name: objectName.describe('Name of the ServiceAccount.'),
  namespace: namespaceName.describe('Namespace of the ServiceAccount.'),
});
export type NamespacedAccount = z.output<typeof NamespacedAccount>;

/** Fields of the status that both kinds have. */
export const replicationStatusFields = {
  ...reconcileStatus,
  processedItems: z.array(ProcessedItem).describe('What was replicated.').exactOptional(),
  serviceAccount: NamespacedAccount.describe('As whom it was.').exactOptional(),
  size: z.int().describe('How many objects were replicated.').default(0),
};
