import { z } from 'zod';
import { stringMap } from '../fields.ts';
import { LocalReference } from '../references.ts';

/** Keys that decrypt the manifests of a Kustomization. */
export const Decryption = z.object({
  provider: z.enum(['sops']).describe('Name of the encryption tool.'),
  secretRef: LocalReference.describe(
    'Secret with private keys or static cloud credentials; they win over serviceAccountName.',
  ).exactOptional(),
  serviceAccountName: z
    .string()
    .describe("ServiceAccount to authenticate to Vault or a cloud's key service as.")
    .exactOptional(),
});

const cel = (description: string) => z.string().describe(description);

/** Health of a custom resource, for kinds that do not follow the conventions. */
export const HealthCheckExpression = z.object({
  apiVersion: z.string().describe('API version of the custom resource.'),
  current: cel('CEL that is true when the object is as desired.'),
  failed: cel('CEL that is true when the object has failed.').exactOptional(),
  inProgress: cel('CEL that is true while the object is on its way.').exactOptional(),
  kind: z
    .string()
    .describe('Kind of the custom resource; all of the group if absent.')
    .exactOptional(),
});

/** Which deletions of a change wait for somebody's explicit go. */
export const PruneGuard = z.object({
  atLeast: z
    .int()
    .min(1)
    .meta({ format: 'int64' })
    .describe(
      'Fewer deletions than this never wait on account of their share, unless the build is empty.',
    )
    .default(1),
  maxShare: z
    .string()
    .regex(/^(100|[1-9]?[0-9])%$/, { error: 'must be a percentage from 0% to 100%' })
    .describe('Share of the inventory that a change may delete; more than that waits.')
    .exactOptional(),
  namespaces: z
    .boolean()
    .describe(
      'Whether a change that deletes a Namespace or a CustomResourceDefinition, and all that is in it, waits.',
    )
    .default(true),
});
export type PruneGuard = z.output<typeof PruneGuard>;

const SubstituteReference = z.object({
  kind: z.enum(['Secret', 'ConfigMap']).describe('Secret or ConfigMap.'),
  name: z.string().min(1).max(253).describe('Name of the object, in the same namespace.'),
  optional: z.boolean().describe('Go on without it if it does not exist.').default(false),
});

/** Variables that replace `${name}` in built manifests. */
export const PostBuild = z.object({
  substitute: stringMap
    .describe('Variables by name; they win over substituteFrom.')
    .exactOptional(),
  substituteFrom: z
    .array(SubstituteReference)
    .describe('Secrets and ConfigMaps whose keys are variables; later ones win.')
    .exactOptional(),
  substituteStrategy: z
    .enum(['WithVariables', 'Always'])
    .describe(
      'WithVariables, the default: substitute only if there is at least one variable. Always: even without.',
    )
    .exactOptional(),
});
